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
