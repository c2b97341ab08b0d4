"""Bad frames over the real network: documented close codes, and the visitor's conversation goes on."""

import pytest
from websockets.exceptions import ConnectionClosed

from benchmarks.client import Visitor
from tests.faults.conftest import SupervisedInstallation

SECRET_WORDS = "do not write this down"


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ("{" + SECRET_WORDS, "invalid_json"),
        (b"\x00" + SECRET_WORDS.encode(), "binary"),
        (f'{{"type": "dance", "text": "{SECRET_WORDS}"}}', "unknown_type"),
        (f'{{"type": "send", "text": "{SECRET_WORDS}"}}', "invalid"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_next_question_works(
    supervised: SupervisedInstallation, frame: str | bytes, answer: str
) -> None:
    visitor = await Visitor.register(supervised.url, "demo")
    await visitor.open()
    assert visitor.socket is not None
    await visitor.socket.send(frame)
    error = await visitor.receive()
    exchange = await visitor.ask("Hello?")
    await visitor.close()

    assert (error["type"], error["code"]) == ("error", answer)
    assert exchange.outcome == "message.completed"
    assert SECRET_WORDS not in (supervised.folder / "start.log").read_text()


async def test_a_frame_of_100_kb_closes_with_1009_and_nothing_is_lost(
    supervised: SupervisedInstallation,
) -> None:
    visitor = await Visitor.register(supervised.url, "demo")
    await visitor.open()
    asked = await visitor.ask("Hello?")
    assert visitor.socket is not None
    with pytest.raises(ConnectionClosed) as closed:
        await visitor.socket.send(SECRET_WORDS * 5000)
        await visitor.receive()
    texts = await visitor.stored_texts()
    await visitor.close()

    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    assert texts[asked.reply] == asked.streamed
    assert SECRET_WORDS not in (supervised.folder / "start.log").read_text()
