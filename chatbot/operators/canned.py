"""Fills in the variables of canned replies."""

import re
from collections.abc import Mapping

from django.utils.translation import pgettext

from accounts.models import User
from chatbot.conversations import presence
from chatbot.conversations.models import Conversation
from chatbot.operators.models import CannedReply

_VARIABLE = re.compile(r"\{\{\s*([a-z]+\.[a-z]+)\s*\}\}")


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with each known variable replaced by its value, once: values are not looked into.

    An unknown variable stays as it is, where the operator sees it.
    """
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def ready_replies(conversation: Conversation, operator: User) -> list[dict[str, str]]:
    """Return the canned replies of the conversation's site as they would be said in it by `operator`."""
    nameless = pgettext("instead of an operator's name", "our team")
    values = {
        # Visitors give no name.
        "visitor.name": pgettext("instead of a name", "there"),
        "operator.name": presence.public_name(operator) or nameless,
        "site.name": conversation.site.name,
    }
    replies = CannedReply.objects.filter(site=conversation.site_id)
    return [{"shortcut": reply.shortcut, "text": fill_in(reply.text, values)} for reply in replies]
