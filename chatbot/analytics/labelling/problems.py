"""What a training run says of itself, in words."""

from django.utils.translation import gettext_lazy as _

_SENTENCES = {
    "waiting": _("Waits for the worker."),
    "collecting": _("Collects the labelled texts."),
    "starting": _("Starts the training program."),
    "training": _("Learns."),
    "registering": _("Keeps the new head."),
    "trained": _("The new head is there. The table says whether it is better."),
    "cancelled": _("Cancelled."),
    "abandoned": _("The worker ended in the middle of it. Begin it again."),
    "too_few": _(
        "%(detail)s labelled texts are too few, or they all have one label. Import more, or correct more "
        "messages."
    ),
    "no_encoder": _("The encoder “%(detail)s” that the head needs is not installed: manage.py installmodel."),
    "no_head": _("No sentiment head is installed that the training could start from."),
    "no_room": _("The disk is full. Make room, then begin again."),
    "no_memory": _("The training program was ended by the system, likely because memory ran out."),
    "not_started": _("The training program could not be started: %(detail)s"),
    "garbled": _("The training program wrote what cannot be read. The worker's log says more."),
    "no_result": _("The training program ended without a result. The worker's log says more."),
    "failed": _("The training program failed: %(detail)s"),
    "crashed": _("This did not work. The worker's log says why."),
    "classifier_away": _("The model server does not score at the moment. Try again later."),
    "scored": _("All messages of these days are scored."),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    words = _SENTENCES.get(code)
    return str(words) % {"detail": detail} if words is not None else code
