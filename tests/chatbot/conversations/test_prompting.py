"""Which prompt answers in a conversation, and what its variables stand for there."""

from datetime import UTC, datetime, time

import pytest
from django.test import Client

from chatbot.conversations.models import Conversation, HandoffSettings, OpeningTime, Visitor
from chatbot.conversations.prompting import office_hours, prompt_of, rendered, rendered_for
from chatbot.prompts.models import PromptVersion, Split
from chatbot.prompts.publishing import start_split
from tests.chatbot.conversations.test_admin_conversations import listed, talk

pytestmark = pytest.mark.django_db

ALL = "{site}|{visitor}|{language}|{date}|{office_hours}"
NOW = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)


def conversation_in(site, language: str) -> Conversation:
    visitor, _secret = Visitor.objects.register(site)
    return Conversation.objects.create(site=site, visitor=visitor, language=language)


@pytest.fixture
def hours(site) -> HandoffSettings:
    settings = HandoffSettings.objects.create(site=site, time_zone="Asia/Shanghai")
    for weekday in range(5):
        OpeningTime.objects.create(settings=settings, weekday=weekday, opens=time(9), closes=time(12))
        OpeningTime.objects.create(settings=settings, weekday=weekday, opens=time(13), closes=time(17, 30))
    OpeningTime.objects.create(settings=settings, weekday=5, opens=time(10), closes=time(0))
    return settings


def test_the_office_decides_date_and_hours(site, hours):
    assert rendered_for(ALL, site, "zh-Hans", NOW) == (
        "Lumen Lamps|visitor|Simplified Chinese|Friday, 27 November 2026|"
        "Monday to Friday 09:00–12:00 and 13:00–17:30, Saturday 10:00–00:00 (Asia/Shanghai)"
    )


def test_what_is_not_known_is_said_in_words(site):
    assert rendered_for(ALL, site, "", NOW) == (
        "Lumen Lamps|visitor|the language of the question|Thursday, 26 November 2026|at all times"
    )


def test_an_office_without_hours_is_always_open():
    settings = HandoffSettings()
    assert office_hours(settings) == "at all times"


def test_days_with_other_hours_between_are_named_apart(site, hours):
    hours.opening_times.filter(weekday=2).delete()

    assert office_hours(hours).startswith("Monday to Tuesday 09:00–12:00 and 13:00–17:30, Thursday to Friday")


def test_the_facts_of_the_office_are_asked_for_only_where_they_stand(site, django_assert_num_queries):
    with django_assert_num_queries(0):
        rendered_for("{site} {language}", site, "de")


def test_the_visitors_language_and_the_split_choose(site):
    default = PromptVersion.objects.write(site, "Default for {language}.")
    chinese = PromptVersion.objects.write(site, "中文。", language="zh")
    other = PromptVersion.objects.draft(site, "Other.")
    start_split(Split(site=site), {default: 50, other: 50})

    assert prompt_of(conversation_in(site, "zh-Hans")) == chinese
    german = [conversation_in(site, "de") for _number in range(40)]
    chosen = [prompt_of(conversation) for conversation in german]
    assert set(chosen) == {default, other}
    assert [prompt_of(conversation) for conversation in german] == chosen
    assert rendered(default, german[0]) == "Default for German."


def test_conversations_are_found_by_prompt_and_by_model(client: Client, viewer, site):
    first = PromptVersion.objects.write(site, "One.")
    talk(site, "a", "Under one")
    second = PromptVersion.objects.write(site, "Two.")
    talk(site, "b", "Under two")
    client.force_login(viewer)

    assert listed(client, prompt=str(first.pk)) == ["Under one"]
    assert listed(client, prompt=str(second.pk)) == ["Under two"]
    assert len(listed(client, model="tiny@7")) == 2
    assert listed(client, model="other@1") == []
