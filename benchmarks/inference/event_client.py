"""A client that costs next to nothing: it counts what a streaming server sends, and parses one number."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

MODEL_NAME = "benchmark"
_TAIL_BYTES = 4096
_TOKENS = re.compile(rb'"completion_tokens": ?(\d+)')
_TEXT = b'"content":'


@dataclass(slots=True)
class Streamed:
    """One streamed answer: `arrivals` are the moments (perf_counter) of reads that held text."""

    sent: float
    arrivals: list[float] = field(default_factory=list)
    tokens: int = 0
    complete: bool = False

    @property
    def gaps(self) -> list[float]:
        """Seconds between pieces of text; the first event opens the answer and holds none."""
        texts = self.arrivals[1:]
        return [after - before for before, after in zip(texts, texts[1:], strict=False)]


async def stream_chat(port: int, messages: list[dict[str, str]], **options: Any) -> Streamed:
    """Ask 127.0.0.1:`port` for a greedy streamed answer. A refusal or a broken stream is not `complete`."""
    body = json.dumps(
        {
            "model": MODEL_NAME,
            "messages": messages,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            **options,
        }
    ).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    streamed = Streamed(time.perf_counter())
    tail = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode() + body)
        while piece := await reader.read(65536):
            if _TEXT in piece:
                streamed.arrivals.append(time.perf_counter())
            tail = (tail + piece)[-_TAIL_BYTES:]
        writer.close()
    except OSError:
        return streamed
    counted = _TOKENS.findall(tail)
    streamed.tokens = int(counted[-1]) if counted else 0
    streamed.complete = b"data: [DONE]" in tail and bool(counted) and b'"error"' not in tail
    return streamed
