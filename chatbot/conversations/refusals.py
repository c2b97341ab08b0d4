"""What visitors and operators hear when something is not possible now."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """This may not be done now; `code` is for programs and `detail` for people."""

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


class NotYourTurn(Refused):
    """Somebody else answers in this conversation; taking over comes first."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("not_your_turn", detail or _("Take the conversation over first."))
