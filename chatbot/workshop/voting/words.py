"""What the writing of a vote's answers says of itself, and the outcome of the vote in words."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chatbot.workshop.models import BlindVote
from chatbot.workshop.voting.results import Result
from inference import training_words

_OWN = {
    "starting": gettext_lazy("Starts to write answers."),
    "training": gettext_lazy("Writes answers, first of one version and then of the other."),
    "keeping": gettext_lazy("Keeps the answers."),
    "written": gettext_lazy("All answers are there."),
    "begun_anew": gettext_lazy("The worker ended in the middle of it. It begins anew."),
    "too_often": gettext_lazy(
        "It was begun %(detail)s times, and each time the worker ended in the middle. Look at the log of the "
        "machine, most likely for memory that ran out."
    ),
    "bad_data": gettext_lazy("The questions will not do: %(detail)s"),
    "bad_network": gettext_lazy("A version will not do: %(detail)s"),
    "no_memory": gettext_lazy("There is too little memory for a version: %(detail)s"),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    return training_words.sentence(code, detail, _OWN)


def percent(share: float | None) -> str:
    """Return a share for people."""
    return f"{number_format(round(share * 100, 1), decimal_pos=1)} %" if share is not None else "–"


def number(value: float | None, digits: int = 2) -> str:
    """Return a number for people."""
    return number_format(round(value, digits), decimal_pos=digits) if value is not None else "–"


def in_words(vote: BlindVote, result: Result) -> str:
    """Say who won, and whether that is real."""
    if result.win_rate is None:
        return _("Nobody preferred one of the two.")
    better, share = (vote.second, result.win_rate)
    won, lost = result.won_second, result.won_first
    if won < lost:
        better, share, won, lost = vote.first, 1 - result.win_rate, lost, won
    facts = {"version": better, "share": percent(share), "won": won, "lost": lost, "p": number(result.p, 3)}
    if won == lost:
        return _("Neither is preferred: each won %(won)s questions.") % facts
    if result.is_real:
        return (
            _(
                "%(version)s is preferred: it was chosen in %(share)s, and won %(won)s questions against "
                "%(lost)s. That is more than chance (sign test, p = %(p)s)."
            )
            % facts
        )
    return (
        _(
            "%(version)s was chosen more often, in %(share)s, and won %(won)s questions against %(lost)s. "
            "That may be chance (sign test, p = %(p)s)."
        )
        % facts
    )
