"""Which language model answers a conversation: chosen at its first reply, and kept."""

from chatbot.conversations.models import Conversation
from inference.models import LanguageModelVersion


def model_for(conversation: Conversation) -> str:
    """Return the version that the next reply asks for by name, empty for whichever is active.

    The first reply decides whether the conversation is one of the canary's, and stores it; it stays so until
    the canary is taken back or becomes the active version. Call it with the conversation locked.
    """
    version = conversation.first_version
    if version is None:
        version = LanguageModelVersion.objects.for_conversation(
            conversation.public_id, conversation.created_at
        )
        Conversation.objects.filter(pk=conversation.pk).update(first_version=version)
        conversation.first_version = version
    if version is not None and version.is_tried_since(conversation.created_at):
        return version.display_name
    return ""
