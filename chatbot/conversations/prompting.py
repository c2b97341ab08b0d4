"""The prompt that answers in a conversation, with the facts of the moment put in for its variables."""

from datetime import datetime
from itertools import groupby

from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.models import Site
from chatbot.conversations.models import Conversation, HandoffSettings
from chatbot.prompts import languages, variables
from chatbot.prompts.models import PromptVersion
from chatbot.prompts.variables import Values
from chatbot.weekdays import Weekday

# Visitors have no names so far.
_VISITOR = "visitor"
_UNKNOWN_LANGUAGE = "the language of the question"
# What takes a look at the site's hand-off settings.
_OFFICE = {"date", "office_hours"}
# Models read English best, and so the facts are in English whatever language the prompt is in.
_WRITTEN_IN = "en"


def prompt_of(conversation: Conversation) -> PromptVersion:
    """Return the version that answers in the conversation: by site, visitor's language, and split."""
    return PromptVersion.objects.current(
        conversation.site, conversation.language, conversation=conversation.public_id
    )


def rendered(version: PromptVersion, conversation: Conversation) -> str:
    """Return the version's text for the conversation."""
    return rendered_for(version.text, conversation.site, conversation.language)


def rendered_for(text: str, site: Site, language: str, now: datetime | None = None) -> str:
    """Return a prompt's `text` as a visitor of the site with this language gets it at `now`."""
    asks_office = not _OFFICE.isdisjoint(variables.used_in(text))
    settings = HandoffSettings.objects.of(site.pk) if asks_office else HandoffSettings()
    local = (now or timezone.now()).astimezone(settings.zone)
    with translation.override(_WRITTEN_IN):
        values = Values(
            site=site.name,
            visitor=_VISITOR,
            language=languages.english_name(language) or _UNKNOWN_LANGUAGE,
            date=date_format(local, "l, j F Y"),
            office_hours=office_hours(settings),
        )
    return variables.render(text, values)


def office_hours(settings: HandoffSettings) -> str:
    """Return the office hours in English, such as "Monday to Friday 09:00–17:00 (Europe/Berlin)"."""
    times = list(settings.opening_times.all()) if settings.pk else []
    if not times:
        return "at all times"
    by_day: dict[int, list[str]] = {}
    for time in sorted(times, key=lambda time: (time.weekday, time.opens)):
        by_day.setdefault(time.weekday, []).append(f"{time.opens:%H:%M}–{time.closes:%H:%M}")
    spans = [(day, " and ".join(hours)) for day, hours in sorted(by_day.items())]
    # Neighbouring days with the same hours are one group.
    groups = groupby(enumerate(spans), key=lambda item: (item[1][0] - item[0], item[1][1]))
    with translation.override(_WRITTEN_IN):
        parts = [_named([day for _index, (day, _hours) in group], hours) for (_shift, hours), group in groups]
    return f"{', '.join(parts)} ({settings.time_zone})"


def _named(days: list[int], hours: str) -> str:
    names = [str(Weekday(day).label) for day in (days[0], days[-1])]
    return f"{names[0] if len(days) == 1 else ' to '.join(names)} {hours}"
