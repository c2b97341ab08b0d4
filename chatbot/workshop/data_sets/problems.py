"""What work on data sets says of itself, in words."""

from django.utils.translation import gettext_lazy as _


class DataProblem(Exception):
    """Work on a data set cannot go on. `code` is one of the sentences below, `detail` what it names."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(sentence(code, detail))
        self.code = code
        self.detail = detail


_SENTENCES = {
    "waiting": _("Waits for the worker."),
    "checking": _("Checks the file."),
    "reading": _("Reads."),
    "comparing": _("Compares the examples with each other."),
    "cleaning": _("Cleans: %(detail)s."),
    "writing": _("Writes."),
    "paraphrasing": _("The model writes."),
    "testing": _("Tries whether the model can translate."),
    "imported": _("%(detail)s examples were imported."),
    "collected": _("%(detail)s examples were made of conversations."),
    "cleaned": _("Cleaned. %(detail)s examples are left."),
    "augmented": _("%(detail)s examples were added."),
    "made": _("Version %(detail)s is made."),
    "cancelled": _("Cancelled. Nothing was changed."),
    "abandoned": _("The worker ended in the middle of it. Nothing was changed. Begin it again."),
    "bad_file": _("Nothing was imported. What is wrong stands below."),
    "file_gone": _("The uploaded file is not there any more. Upload it again."),
    "no_conversations": _(
        "No conversation was found that may be used. Owners allow it under “Use of conversations”, and each "
        "needs an answer that was chosen above."
    ),
    "too_few": _(
        "%(detail)s conversations that differ are too few: each of the three parts of a version needs one. "
        "Add examples."
    ),
    "no_labels": _("No text has a label yet. Label some, or import texts with labels."),
    "no_examples": _("There is no example that this could be made of."),
    "no_model": _("The model server does not answer. Start it, or try again later."),
    "no_encoder": _(
        "The encoder does not answer, so nobody could check whether the sentences mean the same. Start the "
        "model server, or try again later."
    ),
    "cannot_translate": _(
        "The model in use cannot translate: only %(detail)s sentences came back with their meaning. Install "
        "a larger one, or use paraphrases."
    ),
    "no_room": _("The disk is full. Make room, then begin again."),
    "crashed": _("This did not work. The worker's log says why."),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    words = _SENTENCES.get(code)
    return str(words) % {"detail": detail} if words is not None else code
