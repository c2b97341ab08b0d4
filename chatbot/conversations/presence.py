"""Who of the operators is there, and under which name visitors know them."""

from django.utils import timezone

from accounts.models import User
from chatbot.conversations import assignment
from chatbot.conversations.models import Presence


def beat(user: User) -> None:
    """Note that the user's inbox is open, and assign what waits; to be called about every 20 seconds."""
    Presence.objects.update_or_create(user=user, defaults={"last_seen": timezone.now()})
    assignment.assign_waiting(user)


def leave(user: User) -> None:
    """Note that the user's last inbox was closed."""
    Presence.objects.filter(user=user).update(last_seen=None)


def set_available(user: User, available: bool) -> None:
    """Note whether the user takes conversations while the inbox is open."""
    Presence.objects.update_or_create(user=user, defaults={"available": available})


def anybody_there(site_id: int) -> bool:
    """Tell whether somebody who answers on the site is there and takes conversations."""
    return Presence.objects.there().answering(site_id).exists()


def public_name(user: User) -> str:
    """Return the name that visitors see, empty when the person has given none; never the login name."""
    presence = Presence.objects.filter(user=user).first()
    return (presence.public_name if presence else "") or user.first_name[:80]
