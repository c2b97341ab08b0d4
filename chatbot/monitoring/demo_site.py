"""The demo shop's site, so that a fresh installation has something to talk to."""

from django.conf import settings

from accounts.models import Site
from accounts.origins import normalise_origin
from chatbot.monitoring.demo_knowledge import create_demo_knowledge
from chatbot.prompts.models import DEFAULT_PROMPT, PromptVersion
from chatbot.widget import demo

DEMO_SITE_KEY = demo.SITE_KEY


def create_demo_site_if_missing() -> None:
    """Create the demo shop's site with its prompt unless it is there; what somebody changed stays changed."""
    facts = {
        "name": demo.SITE_NAME,
        "accent_colour": demo.ACCENT_COLOUR,
        "allowed_origins": _own_origins(),
    }
    site, created = Site.objects.get_or_create(public_key=DEMO_SITE_KEY, defaults=facts)
    if created:
        PromptVersion.objects.write(site, f"{DEFAULT_PROMPT}\n\n{demo.FACTS}")
        create_demo_knowledge(site)


def _own_origins() -> list[str]:
    addresses = [f"http://{host}:{settings.PORT}" for host in ("127.0.0.1", "localhost")]
    return [normalise_origin(address) for address in addresses]
