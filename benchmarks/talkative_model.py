"""A model server that says twenty words a second to everybody for so many seconds, and costs next to nothing.

Run as a program with the port and the seconds; it speaks as much of the OpenAI protocol as the gateway needs.
"""

import asyncio
import json
import sys

WORDS_A_SECOND = 20

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"
_MODELS = json.dumps({"data": [{"id": "talkative", "max_model_len": 1_000_000}]}).encode()
_WORD = b'data: {"choices":[{"delta":{"content":"%d "},"finish_reason":null}]}\n\n'
_END = (
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\ndata: [DONE]\n\n'
)


async def serve(port: int, seconds: float) -> None:
    """Serve on loopback until cancelled."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"content-length: " in head:
                await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            path = head.split()[1]
            if path == b"/v1/chat/completions":
                writer.write(_HEAD % b"text/event-stream")
                await _talk(writer, seconds)
            elif path == b"/tokenize":
                writer.write(_HEAD % b"application/json" + b'{"count": 10}')
            else:
                writer.write(_HEAD % b"application/json" + _MODELS)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port, backlog=1000) as server:
        await server.serve_forever()


async def _talk(writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in range(round(seconds * WORDS_A_SECOND)):
        writer.write(_WORD % number)
        await asyncio.sleep(max(0.0, begun + (number + 1) / WORDS_A_SECOND - loop.time()))
        if writer.is_closing():
            return
    writer.write(_END)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
