"""In which language the chat speaks."""

import pytest
from django.test import Client

from accounts.models import Site

pytestmark = pytest.mark.django_db

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}


def language(client: Client, path: str = "/widget/lumen/", **headers: str) -> str:
    return client.get(path, headers=headers)["Content-Language"]


def test_the_browser_decides_where_the_site_leaves_it_open(client: Client, site: Site) -> None:
    assert language(client, **{"accept-language": CHINESE["accept-language"]}) == "zh-hans"
    assert language(client, **{"accept-language": "en-GB"}) == "en"


def test_an_unknown_language_becomes_english(client: Client, site: Site) -> None:
    assert language(client, **{"accept-language": "fi"}) == "en"
    assert language(client, "/widget/lumen/?lang=klingon") == "en"


def test_the_sites_own_choice_stands_above_the_browsers(client: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(language="zh-hans")
    assert language(client, **{"accept-language": "en"}) == "zh-hans"


def test_the_embedding_page_may_choose(client: Client, site: Site) -> None:
    assert language(client, "/widget/lumen/?lang=zh-CN", **{"accept-language": "en"}) == "zh-hans"


def test_everything_a_visitor_reads_is_translated(client: Client, site: Site) -> None:
    english = client.get("/widget/lumen/?lang=en").context["page_data"]["strings"]
    chinese = client.get("/widget/lumen/?lang=zh-hans").context["page_data"]["strings"]
    assert {name for name in english if english[name] == chinese[name]} == set()


def test_placeholders_survive_translation(client: Client, site: Site) -> None:
    english = client.get("/widget/lumen/?lang=en").context["page_data"]["strings"]
    chinese = client.get("/widget/lumen/?lang=zh-hans").context["page_data"]["strings"]
    for name, words in english.items():
        for placeholder in ("{count}", "{seconds}", "{name}"):
            assert (placeholder in words) == (placeholder in chinese[name]), name


@pytest.mark.parametrize("path", ["/", "/demo/", "/widget/lumen/"])
def test_the_pages_speak_chinese(client: Client, site: Site, path: str) -> None:
    html = client.get(path, headers=CHINESE).content.decode()
    assert 'lang="zh-hans"' in html


def test_a_site_s_own_greeting_is_shown_as_it_is(client: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(greeting="Ahoy!")
    assert "Ahoy!" in client.get("/widget/lumen/").content.decode()
