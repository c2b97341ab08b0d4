"""The script that companies include, as it is served."""

import gzip
import re

import pytest
from django.test import Client

from accounts.models import Site

MOST_BYTES = 5_000


def test_it_is_small(client: Client) -> None:
    assert len(gzip.compress(client.get("/widget/loader.js").content, 9)) <= MOST_BYTES


def test_it_is_sent_compressed(client: Client) -> None:
    response = client.get("/widget/loader.js", headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"


def test_any_page_may_load_and_keep_it(client: Client) -> None:
    response = client.get("/widget/loader.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"].startswith("public, max-age=")
    assert not response.cookies


def test_an_unchanged_script_is_not_sent_again(client: Client) -> None:
    first = client.get("/widget/loader.js")
    assert client.get("/widget/loader.js", headers={"if-none-match": first["ETag"]}).status_code == 304


def test_it_evaluates_no_text_and_writes_no_html(client: Client) -> None:
    source = client.get("/widget/loader.js").content.decode()
    assert not re.search(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", source
    )
    assert '"*"' not in source


@pytest.mark.django_db
def test_the_launcher_learns_colour_and_words(client: Client, site: Site) -> None:
    response = client.get("/widget/lumen/launcher.js?lang=en")
    assert response["Access-Control-Allow-Origin"] == "*"
    source = response.content.decode()
    assert source.startswith("export default {")
    assert '"accent": "#3451d1"' in source
    assert "Chat with Lumen Lamps" in source


@pytest.mark.django_db
def test_a_name_cannot_leave_the_launcher_s_text(client: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(name='"};alert(1);//')
    source = client.get("/widget/lumen/launcher.js?lang=en").content.decode()
    assert '"};alert' not in source.replace('\\"', "")
