"""What one's sessions are called on the page that lists them."""

import pytest
from django.test import Client

from accounts.browser_names import browser_name
from tests.accounts.people import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (CHROME, "Chrome on Android"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_call_it(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_a_session_alone_has_no_others_to_end(client: Client, operator) -> None:
    sign_in(client, "operator", HTTP_USER_AGENT=FIREFOX)
    assert "End all others" not in client.get("/admin/account/sessions/").content.decode()

    other = Client()
    sign_in(other, "operator", HTTP_USER_AGENT=SAFARI)
    page = client.get("/admin/account/sessions/").content.decode()

    assert "Safari on iOS" in page
    assert "End all others" in page
