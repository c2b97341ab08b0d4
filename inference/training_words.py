"""What every job that trains says of itself, in words, by the code that it stores as its message."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COMMON: Mapping[str, Promise] = {
    "waiting": _("Waits for the worker."),
    "starting": _("Starts the training program."),
    "training": _("Learns."),
    "cancelled": _("Cancelled."),
    "abandoned": _("The worker ended in the middle of it. Begin it again."),
    "no_room": _("The disk is full. Make room, then begin again."),
    "killed": _("The training program was ended by the system, likely because memory ran out."),
    "no_memory": _(
        "The training needs more memory than there is. Choose smaller settings or a smaller model."
    ),
    "not_started": _("The training program could not be started: %(detail)s"),
    "garbled": _("The training program wrote what cannot be read. The worker's log says more."),
    "no_result": _("The training program ended without a result. The worker's log says more."),
    "failed": _("The training program failed: %(detail)s"),
    "crashed": _("This did not work. The worker's log says why."),
}


def sentence(code: str, detail: str = "", own: Mapping[str, Promise] | None = None) -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is.

    `own` are the codes of one kind of job, which go before the common ones.
    """
    words = {**COMMON, **(own or {})}.get(code)
    return str(words) % {"detail": detail} if words is not None else code
