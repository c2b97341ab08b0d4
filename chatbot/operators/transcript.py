"""A conversation as a file or a mail: what the visitor could read, and nothing that only the staff sees."""

import json
import logging
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.refusals import Refused

logger = logging.getLogger(__name__)


def as_text(conversation: Conversation) -> str:
    """Return the transcript as plain text, in the reader's language and time zone."""
    began = _moment(conversation.created_at)
    lines = [
        _("%(site)s, conversation %(id)s") % {"site": conversation.site, "id": conversation.public_id},
        _("Began %(moment)s") % {"moment": began},
        "",
    ]
    for message in _said(conversation):
        lines += [f"[{_moment(message.created_at)}] {_speaker(message)}:", message.text]
        lines += [f"[{each['number']}] {each['title']} {each['url']}".strip() for each in message.sources]
        lines.append("")
    return "\n".join(lines)


def as_json(conversation: Conversation) -> str:
    """Return the transcript as JSON, with the messages as the protocol shows them."""
    head = {
        "conversation": conversation.public_id,
        "site": conversation.site.public_key,
        "visitor": conversation.visitor.public_id,
        "created_at": conversation.created_at.isoformat(),
        "status": conversation.status,
    }
    messages = [message.data() for message in _said(conversation)]
    return json.dumps({**head, "messages": messages}, ensure_ascii=False, indent=2)


def can_mail() -> bool:
    """Tell whether this installation sends mail."""
    return bool(settings.EMAIL_URL)


def mail(conversation: Conversation, address: str) -> None:
    """Send the transcript to `address`; raises Refused with unavailable when the server does not take it."""
    subject = _("Your conversation with %(site)s") % {"site": conversation.site}
    try:
        send_mail(subject, as_text(conversation), None, [address])
    except OSError as error:
        # What goes wrong with SMTP is an OSError, smtplib's own errors included.
        logger.warning("a transcript was not mailed: %s", error)
        raise Refused("unavailable", _("The mail could not be sent. Please try again later.")) from error


def _said(conversation: Conversation) -> Iterable[Message]:
    return conversation.messages.spoken().select_related("answers", "replaces")


def _speaker(message: Message) -> str:
    label = str(message.get_author_display())
    return f"{label} ({message.name})" if message.name else label


def _moment(moment: object) -> str:
    return date_format(localtime(moment), "DATETIME_FORMAT")  # type: ignore[arg-type]
