"""Answers end at a stop string wherever the tokens' borders are, and nothing of it is shown."""

from collections.abc import Callable

import pytest

from inference.engine.engine import Engine
from inference.engine.request import FinishReason
from inference.engine.stopping import StopStrings
from tests.inference.engine.conftest import Asked, run


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_stop_string_across_pieces_is_found(cut: int) -> None:
    text, strings = "The answer.\nUser: more", StopStrings(["\nUser:"])
    pieces = [text[start : start + cut] for start in range(0, len(text), cut)]
    shown = ""
    for piece in pieces:
        shown += strings.add(piece)
        assert "\nUser:".startswith(shown[len("The answer.") :]) and len(shown) <= len("The answer.")
        if strings.reached:
            break

    assert strings.reached and shown == "The answer."


def test_what_only_looked_like_a_stop_string_is_shown_after_all() -> None:
    strings = StopStrings(["STOP"])

    assert strings.add("a ST") == "a "
    assert strings.add("ART") == "START"
    assert strings.add(" S") == " "
    assert strings.flush() == "S"


def test_the_engine_stops_at_a_string_that_it_writes(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine()
    free = Asked(engine, [5, 6, 7], max_tokens=30, temperature=0, ignore_eos=True)
    run(engine)
    stop = free.text[4:7]
    stopped = Asked(engine, [5, 6, 7], max_tokens=30, temperature=0, ignore_eos=True, stop=(stop,))
    run(engine)

    assert stopped.last.finish_reason is FinishReason.STOP
    assert stopped.text == free.text[: free.text.index(stop)]
    assert len(stopped.request.output) < 30
