"""What a visitor tells beside messages: that a person is wanted, an address, a rating, where they are.

Like `posting`, these functions take the visitor and public ids, and find only the visitor's own rows.
"""

import re
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from chatbot.conversations import closing, events, handover, hints
from chatbot.conversations.handover import refuse_when_closed
from chatbot.conversations.models import Conversation, Visitor
from chatbot.conversations.posting import own_locked
from chatbot.conversations.refusals import Refused

_PHONE = re.compile(r"\+?[(0-9][0-9 ()/.-]{4,28}[0-9]")
_ADDRESS_MAX_CHARACTERS = 254
_TITLE_MAX_CHARACTERS = 200
_URL_MAX_CHARACTERS = 2048


@transaction.atomic
def ask_for_person(visitor: Visitor, conversation_id: str, wanted: bool = True) -> None:
    """Let the conversation wait for a person, or for False no longer.

    Raises Refused: not_found, blocked, closed, not_your_turn (a person is there already).
    """
    conversation = own_locked(visitor, conversation_id)
    if wanted:
        handover.request_person(conversation, Conversation.Reason.VISITOR)
    else:
        handover.withdraw_request(conversation)


@transaction.atomic
def leave_address(visitor: Visitor, conversation_id: str, address: str) -> None:
    """Keep the e-mail address or telephone number under which the visitor can be reached.

    The event tells the visitor's other tabs that there is one, not which. Raises Refused: not_found,
    blocked, closed, or invalid for anything else.
    """
    conversation = own_locked(visitor, conversation_id)
    refuse_when_closed(conversation)
    address = address.strip()
    if not _is_address(address):
        raise Refused("invalid", _("Write an e-mail address or a telephone number."))
    if conversation.contact != address:
        events.record(conversation, "contact.left", {}, contact=address)


@transaction.atomic
def rate(visitor: Visitor, conversation_id: str, score: int, comment: str) -> None:
    """Keep the rating of a conversation that has ended; raises Refused as `closing.rate` does."""
    closing.rate(own_locked(visitor, conversation_id), score, comment)


@transaction.atomic
def note_seen(visitor: Visitor, conversation_id: str, seq: int) -> None:
    """Note that the visitor has seen the events up to `seq`; a lower number than before changes nothing."""
    conversation = Conversation.objects.filter(visitor=visitor, public_id=conversation_id).first()
    if conversation is None or not conversation.visitor_seen_seq < seq <= conversation.last_seq:
        return
    later = Conversation.objects.filter(pk=conversation.pk, visitor_seen_seq__lt=seq)
    if later.update(visitor_seen_seq=seq):
        hints.announce_change(conversation)


@transaction.atomic
def note_page(visitor: Visitor, conversation_id: str, url: str, title: str) -> None:
    """Note on which page the visitor has the chat, without what may be secret in its address.

    Raises Refused: not_found, blocked, or invalid for what is no web address.
    """
    conversation = own_locked(visitor, conversation_id)
    conversation.page_url = _public_part(url)
    conversation.page_title = " ".join(title.replace("\x00", "").split())[:_TITLE_MAX_CHARACTERS]
    conversation.save(update_fields=["page_url", "page_title"])
    hints.announce_to_inbox(conversation)


def _public_part(url: str) -> str:
    """Return scheme, host and path: queries and fragments carry tokens, and user names are no address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https") or not url.isprintable():
        raise Refused("invalid", _("This is no web address."))
    host = f"[{host}]" if ":" in host else host
    place = urlunsplit((parts.scheme, f"{host}:{port}" if port else host, parts.path, "", ""))
    return place[:_URL_MAX_CHARACTERS]


def _is_address(address: str) -> bool:
    if len(address) > _ADDRESS_MAX_CHARACTERS:
        return False
    if _PHONE.fullmatch(address):
        return True
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
