"""Takes the demo history away, and nothing else."""

from collections.abc import Callable

from accounts.models import Site
from chatbot.conversations import recounting
from chatbot.conversations.models import Conversation, Visitor
from chatbot.monitoring.demo_history.surroundings import remove_surroundings

_AT_ONCE = 200


def remove_history(site: Site, tell: Callable[[int, int], None]) -> int:
    """Delete the invented visitors of the site with all that is theirs; return how many conversations went.

    `tell` hears after each part how many of how many visitors are gone.
    """
    invented = Visitor.objects.filter(site=site).invented()
    keys = list(invented.order_by("pk").values_list("pk", flat=True))
    conversations = Conversation.objects.filter(visitor__in=invented).count()
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        # Should this be interrupted, the days concerned are counted again within the next minutes.
        recounting.mark(Conversation.objects.filter(visitor__in=part))
        Visitor.objects.filter(pk__in=part).delete()
        tell(start + len(part), len(keys))
    remove_surroundings(site)
    return conversations
