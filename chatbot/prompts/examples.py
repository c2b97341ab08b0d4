"""What a prompt's variables stand for in a preview."""

from django.utils import timezone, translation
from django.utils.formats import date_format

from chatbot.prompts.variables import Values


def example_values(site_name: str = "") -> Values:
    """Return values as an answer may have them, today."""
    with translation.override("en"):
        return Values(
            site=site_name or "Example Ltd",
            visitor="visitor",
            language="English",
            date=date_format(timezone.localtime(), "l, j F Y"),
            office_hours="Monday to Friday 09:00–17:00 (UTC)",
        )
