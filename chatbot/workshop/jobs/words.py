"""What a job of the workshop says of itself, by the code that it stores."""

from django.utils.translation import gettext_lazy as _

from inference import training_words

_OWN = {
    "paused": _("Paused. It goes on where it was, when you let it."),
    "resuming": _(
        "The worker or its program ended in the middle of it. It goes on from the newest checkpoint."
    ),
    "too_often": _(
        "It was begun %(detail)s times, and each time the worker or its program ended in the middle. Look at "
        "the log of the machine, most likely for memory that ran out; then let it go on, or choose smaller "
        "settings."
    ),
    "registering": _("Keeps the new version."),
    "made": _("The new version is there. Nobody meets it before you let it answer."),
    "bad_data": _("The data set will not do: %(detail)s"),
    "bad_network": _("The model to start from will not do: %(detail)s"),
    "bad_checkpoint": _("The checkpoint will not do: %(detail)s Begin again, without it."),
    "bad_setting": _("The settings do not go together: %(detail)s"),
    "no_room": _(
        "The disk is full. What answers now is untouched. Make room; then let it go on from its checkpoint, "
        "or begin again."
    ),
    "no_files": _("The files of “%(detail)s” are not there any more."),
    "no_encoder": _("The encoder “%(detail)s” that the head needs is not installed: manage.py installmodel."),
    "not_registered": _("The new version could not be kept: %(detail)s"),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    return training_words.sentence(code, detail, _OWN)
