"""The outcome of a vote as a page shows it."""

from typing import Any

from chatbot.workshop.models import BlindVote
from chatbot.workshop.voting.taking_part import outcome
from chatbot.workshop.voting.words import in_words, number, percent


def outcome_shown(vote: BlindVote) -> dict[str, Any]:
    """Return the context that templates/workshop/outcome.html needs."""
    result = outcome(vote)
    interval = ""
    if result.low is not None and result.high is not None:
        interval = f"{percent(result.low)} – {percent(result.high)}"
    return {
        "result": result,
        "in_words": in_words(vote, result),
        "win_rate": percent(result.win_rate),
        "interval": interval,
        "p": number(result.p, 3),
        "left_rate": percent(result.left_rate),
        "alpha": number(result.alpha),
    }
