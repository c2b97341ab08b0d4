"""Why cleaning removed or changed an example, in words."""

from django.utils.translation import gettext_lazy as _

_SENTENCES = {
    "exact": _("Repeats another example"),
    "near": _("Says nearly the same as another example"),
    "language": _("Is in the language “%s”"),
    "question_short": _("The question is too short"),
    "question_long": _("A question is too long"),
    "answer_short": _("The answers are too short"),
    "answer_long": _("An answer is too long"),
    "recurring": _("A recurring sentence was taken out"),
    "only_recurring": _("The answers are recurring sentences only"),
    "personal": _("Personal data was masked: %s"),
}


def words_of(code: str) -> str:
    """Return what a code such as "near" or "language:fr" means, in the reader's language."""
    name, _colon, detail = code.partition(":")
    words = str(_SENTENCES.get(name, code))
    return words % detail if detail else words
