"""Mail to people who work with Parley."""

from typing import Any

from django.core import mail
from django.template.loader import render_to_string


def send_mail(template: str, address: str, context: dict[str, Any]) -> None:
    """Send the text of `template`_subject.txt and `template`_message.txt; raises OSError or SMTPException."""
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    mail.send_mail(subject, render_to_string(f"{template}_message.txt", context), None, [address])
