"""Which pages may show the chat in a frame, and what the chat page itself may load."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Site

pytestmark = pytest.mark.django_db


def framers(response: HttpResponse) -> str:
    (found,) = re.findall(r"frame-ancestors ([^;]+)", response["Content-Security-Policy"])
    return found


def test_the_sites_origins_may_frame_it(client: Client, site: Site) -> None:
    assert framers(client.get("/widget/lumen/")) == "https://lumen.example"


def test_another_sites_origins_may_not(client: Client, site: Site, other_site: Site) -> None:
    assert framers(client.get("/widget/other/")) == "'none'"


def test_the_demo_may_be_framed_on_loopback_where_it_is_served(client: Client, db: None) -> None:
    Site.objects.create(name="Demo", public_key="demo")
    response = client.get("/widget/demo/", headers={"host": "127.0.0.1:8000"})
    assert framers(response) == "http://127.0.0.1:8000 http://localhost:8000"


def test_the_demo_may_not_be_framed_from_another_host(client: Client, db: None) -> None:
    Site.objects.create(name="Demo", public_key="demo")
    assert framers(client.get("/widget/demo/", headers={"host": "testserver"})) == "'none'"


def test_other_sites_may_not_be_framed_on_loopback(client: Client, site: Site) -> None:
    response = client.get("/widget/lumen/", headers={"host": "127.0.0.1:8000"})
    assert framers(response) == "https://lumen.example"


def test_no_x_frame_options_contradicts_the_policy(client: Client, site: Site) -> None:
    assert not client.get("/widget/lumen/").has_header("X-Frame-Options")


def test_the_policy_allows_own_files_and_the_own_socket_only(client: Client, site: Site) -> None:
    policy = client.get("/widget/lumen/", headers={"host": "127.0.0.1:8000"})["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' ws://127.0.0.1:8000;" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_nothing_in_the_page_needs_more_than_the_policy_allows(client: Client, site: Site) -> None:
    html = client.get("/widget/lumen/").content.decode()
    executed = re.findall(r"<script(?![^>]*application/json)[^>]*>", html)
    assert executed
    assert all(" src=" in tag for tag in executed)
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)=", html)


def test_the_page_is_not_stored_and_sets_no_cookie(client: Client, site: Site) -> None:
    response = client.get("/widget/lumen/")
    assert response["Cache-Control"] == "private, no-store"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies


def test_a_name_that_looks_like_html_stays_text(client: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(name="</script><img src=x>", greeting="<b>Hi</b>")
    html = client.get("/widget/lumen/").content.decode()
    assert "<img" not in html
    assert "<b>" not in html


def test_an_unknown_site_is_not_found(client: Client, db: None) -> None:
    assert client.get("/widget/nobody/").status_code == 404
    assert client.get("/widget/nobody/launcher.js").status_code == 404
