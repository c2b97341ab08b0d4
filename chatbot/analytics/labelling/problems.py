"""What a training run says of itself, in words."""

from django.utils.translation import gettext_lazy as _

from inference import training_words

_OWN = {
    "collecting": _("Collects the labelled texts."),
    "registering": _("Keeps the new head."),
    "trained": _("The new head is there. The table says whether it is better."),
    "too_few": _(
        "%(detail)s labelled texts are too few, or they all have one label. Import more, or correct more "
        "messages."
    ),
    "no_encoder": _("The encoder “%(detail)s” that the head needs is not installed: manage.py installmodel."),
    "no_head": _("No sentiment head is installed that the training could start from."),
    "classifier_away": _("The model server does not score at the moment. Try again later."),
    "scoring": _("Scores messages."),
    "scored": _("All messages of these days are scored."),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    return training_words.sentence(code, detail, _OWN)
