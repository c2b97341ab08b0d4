"""What an export says of itself, by the code that it stores."""

from django.utils.translation import gettext_lazy as _

from inference import training_words

_OWN = {
    "starting": _("Starts the program that writes the file."),
    "exporting": _("Writes the file."),
    "exported": _("The file is there."),
    "removed": _("The file was removed. Export the version again to have it once more."),
    "outdated": _("The file was kept as long as it is meant to be. Export the version again."),
    "failed": _("This version cannot be exported: %(detail)s"),
    "bad_network": _("This version cannot be exported: %(detail)s"),
    "wrong_format": _("This version cannot be exported in this format, only as %(detail)s."),
    "no_files": _("The files of “%(detail)s” are not there any more."),
    "no_encoder": _("The encoder of “%(detail)s” is not installed: manage.py installmodel."),
    "no_room": _(
        "The disk is full. Make room, for example by removing earlier exports; then export it again."
    ),
    "no_memory": _("The export needs more memory than there is: it holds the whole model once."),
    "killed": _("The export was ended by the system, likely because memory ran out."),
    "not_started": _("The program that writes the file could not be started: %(detail)s"),
    "garbled": _("The program that writes the file wrote what cannot be read. The worker's log says more."),
    "no_result": _("The program that writes the file ended without a result. The worker's log says more."),
    "abandoned": _("The worker ended in the middle of it. Export the version again."),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    return training_words.sentence(code, detail, _OWN)
