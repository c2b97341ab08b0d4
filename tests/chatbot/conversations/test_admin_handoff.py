"""The page on which an owner writes the rules that call a person."""

import pytest
from django.test import Client

from chatbot.conversations.models import HandoffSettings

pytestmark = pytest.mark.django_db

ADD = "/admin/conversations/handoffsettings/add/"


def form(site, **changes):
    inlines = {
        f"{name}-{count}_FORMS": "0"
        for name in ("opening_times", "holidays")
        for count in ("TOTAL", "INITIAL")
    }
    return {
        "site": site.pk,
        "words": "human",
        "failed_answers": "2",
        "lowest_score": "",
        "lowest_sentiment": "-0.8",
        "sentiment_drop": "1.0",
        "time_zone": "UTC",
        "assign_automatically": "on",
        "capacity": "4",
        **inlines,
        **changes,
    }


def test_the_words_stand_one_a_line(client: Client, owner, site) -> None:
    client.force_login(owner)

    words = client.get(ADD).context["adminform"].form["words"].value()

    assert words.startswith("human\nagent\n")


def test_words_are_saved_without_empty_lines(client: Client, owner, site) -> None:
    client.force_login(owner)

    response = client.post(ADD, form(site, words="mayday\r\n\r\n  real person \r\n真人"))

    assert response.status_code == 302
    assert HandoffSettings.objects.get(site=site).words == ["mayday", "real person", "真人"]


def test_no_words_turn_the_rule_off(client: Client, owner, site) -> None:
    client.force_login(owner)

    client.post(ADD, form(site, words=""))

    assert HandoffSettings.objects.get(site=site).words == []


@pytest.mark.parametrize(("lowest", "drop"), [("-0.5", "0.8"), ("", "")])
def test_the_limits_of_the_mood_are_the_owners_to_set_and_to_turn_off(
    client: Client, owner, site, lowest, drop
) -> None:
    client.force_login(owner)

    assert client.post(ADD, form(site, lowest_sentiment=lowest, sentiment_drop=drop)).status_code == 302

    rules = HandoffSettings.objects.get(site=site)
    assert rules.lowest_sentiment == (float(lowest) if lowest else None)
    assert rules.sentiment_drop == (float(drop) if drop else None)


@pytest.mark.parametrize(("field", "value"), [("lowest_sentiment", "-1.1"), ("sentiment_drop", "0")])
def test_limits_that_mean_nothing_are_refused(client: Client, owner, site, field, value) -> None:
    client.force_login(owner)

    assert field in client.post(ADD, form(site, **{field: value})).context["adminform"].form.errors
    assert not HandoffSettings.objects.exists()
