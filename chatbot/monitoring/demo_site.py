"""The demo shop's site, so that a fresh installation has something to talk to."""

from django.conf import settings

from accounts.models import Site
from accounts.origins import normalise_origin
from chatbot.prompts.models import PromptVersion

DEMO_SITE_KEY = "demo"


def create_demo_site_if_missing() -> None:
    """Create the site `demo` with its prompt unless it is there; what somebody changed stays changed."""
    site, created = Site.objects.get_or_create(
        public_key=DEMO_SITE_KEY, defaults={"name": "Parley demo", "allowed_origins": _own_origins()}
    )
    if created:
        PromptVersion.objects.current(site)


def _own_origins() -> list[str]:
    addresses = [f"http://{host}:{settings.PORT}" for host in ("127.0.0.1", "localhost")]
    return [normalise_origin(address) for address in addresses]
