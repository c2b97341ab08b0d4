"""EMAIL_URL becomes Django's settings for the mail server."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatbot.mail import mail_settings_from_url


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp+tls://me%40x:p%2Fw@mail.example.com", 587, True, False),
        ("smtps://me%40x:p%2Fw@mail.example.com:2465", 2465, False, True),
        ("smtp://me%40x:p%2Fw@mail.example.com", 25, False, False),
    ],
)
def test_the_scheme_says_how_mail_is_sent(url, port, starttls, tls):
    made = mail_settings_from_url(url)

    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("mail.example.com", port)
    assert (made["EMAIL_HOST_USER"], made["EMAIL_HOST_PASSWORD"]) == ("me@x", "p/w")
    assert (made["EMAIL_USE_TLS"], made["EMAIL_USE_SSL"]) == (starttls, tls)


def test_without_a_server_nothing_is_sent():
    assert mail_settings_from_url("") == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


@pytest.mark.parametrize("url", ["mail.example.com", "http://me:secret@x", "smtp://me:secret@x:mail"])
def test_a_wrong_address_is_named_without_its_password(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refusal:
        mail_settings_from_url(url)

    assert "secret" not in str(refusal.value)
