"""The style sheet of mails: one file, which pages that show a mail link to and mails carry inside."""

from functools import cache

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe


@cache
def mail_style() -> SafeString:
    """Return static/analytics/mail.css, which is ours and so safe."""
    file = settings.BASE_DIR / "static" / "analytics" / "mail.css"
    return mark_safe(file.read_text(encoding="utf-8"))  # noqa: S308
