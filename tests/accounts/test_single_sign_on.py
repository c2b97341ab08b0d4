"""Single sign-on: an identity opens the account of whoever has its verified address, or an invitation."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.models import Invitation, Membership, User
from chatbot.identity_provider import single_sign_on
from tests.accounts.people import App, is_signed_in

pytestmark = pytest.mark.django_db


class Provider:
    """An OpenID Connect provider that vouches for one identity."""

    def __init__(self) -> None:
        self.identity: dict[str, Any] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answers = {
                    "/.well-known/openid-configuration": provider.configuration(),
                    "/token": {"access_token": "token", "token_type": "Bearer", "expires_in": 60},
                    "/userinfo": provider.identity,
                }
                body = json.dumps(answers[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def configuration(self) -> dict[str, str]:
        paths = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
        }
        return {"issuer": self.url, **{name: self.url + path for name, path in paths.items()}}

    def sign_in(self, client: Client, **identity: Any) -> Any:
        """Go to the provider, be vouched for, and follow where it leads."""
        self.identity = {"sub": "7", "email_verified": True, **identity}
        there = client.get("/admin/login/sso/")["Location"]
        (state,) = parse_qs(urlsplit(there).query)["state"]
        return client.get("/admin/login/sso/callback/", {"code": "c", "state": state}, follow=True)


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    name, providers = single_sign_on(provider.url, "parley", "s3cret", "Lumen login")
    settings.OIDC_NAME, settings.SOCIALACCOUNT_PROVIDERS = name, providers
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def address(operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(email="operator@lumen.example")


def says(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_a_verified_address_signs_its_person_in(client: Client, provider, operator):
    assert "Continue with Lumen login" in client.get("/admin/login/").content.decode()

    response = provider.sign_in(client, email="Operator@Lumen.example")

    assert response.request["PATH_INFO"] == "/admin/"
    assert SocialAccount.objects.get().user == operator
    assert User.objects.get(pk=operator.pk).has_usable_password()


def test_a_connected_identity_stays_whatever_address_it_has(client: Client, provider, operator):
    provider.sign_in(client, email="operator@lumen.example")
    later = Client()

    provider.sign_in(later, email="married@lumen.example")

    assert is_signed_in(later)


@pytest.mark.parametrize("verified", [False, None, "true", "yes"])
def test_an_address_that_the_provider_has_not_verified_opens_nothing(client: Client, provider, verified):
    provider.sign_in(client, email="operator@lumen.example", email_verified=verified)

    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_an_unknown_address_makes_nobody(client: Client, provider):
    before = User.objects.count()

    response = provider.sign_in(client, email="stranger@lumen.example", preferred_username="admin")

    assert "ask for an invitation" in says(response)
    assert (User.objects.count(), is_signed_in(client)) == (before, False)


def test_an_address_that_two_people_have_opens_neither(client: Client, provider, viewer):
    User.objects.filter(pk=viewer.pk).update(email="operator@lumen.example")

    provider.sign_in(client, email="operator@lumen.example")

    assert not is_signed_in(client)


def test_a_blocked_person_stays_out(client: Client, provider, operator):
    User.objects.filter(pk=operator.pk).update(is_active=False)

    provider.sign_in(client, email="operator@lumen.example")

    assert not is_signed_in(client)


def test_a_person_blocked_after_the_first_time_stays_out(client: Client, provider, operator):
    provider.sign_in(client, email="operator@lumen.example")
    User.objects.filter(pk=operator.pk).update(is_active=False)
    later = Client()

    assert provider.sign_in(later, email="operator@lumen.example").status_code == 403
    assert not is_signed_in(later)


def test_an_invitation_makes_a_person_with_its_role(client: Client, provider, site, owner):
    _invitation, secret = Invitation.objects.invite(site, "new@lumen.example", "viewer", owner)
    client.post("/admin/invitation/", {"code": secret})

    provider.sign_in(client, email="new@lumen.example", preferred_username="newcomer")

    newcomer = User.objects.get(username="newcomer")
    assert newcomer.roles == {site.pk: Membership.Role.VIEWER}
    assert not newcomer.has_usable_password()
    assert is_signed_in(client)


def test_an_invitation_that_is_over_makes_nobody(client: Client, provider, site, owner):
    invitation, secret = Invitation.objects.invite(site, "new@lumen.example", "viewer", owner)
    client.post("/admin/invitation/", {"code": secret})
    invitation.revoke()

    response = provider.sign_in(client, email="new@lumen.example", preferred_username="newcomer")

    assert "taken back" in says(response)
    assert not User.objects.filter(username="newcomer").exists()


def test_the_second_factor_is_asked_for_all_the_same(client: Client, provider, operator):
    App(operator)

    response = provider.sign_in(client, email="operator@lumen.example")

    assert response.request["PATH_INFO"] == "/admin/login/code/"


def test_a_provider_that_says_no_leads_back_with_a_sentence(client: Client, provider):
    there = client.get("/admin/login/sso/")["Location"]
    (state,) = parse_qs(urlsplit(there).query)["state"]

    refused = {"error": "access_denied", "state": state}
    response = client.get("/admin/login/sso/callback/", refused, follow=True)

    assert response.request["PATH_INFO"] == "/admin/login/"
    assert "did not work" in says(response)


def test_an_answer_that_nobody_asked_for_is_refused(client: Client, provider, operator):
    provider.identity = {"sub": "7", "email": "operator@lumen.example", "email_verified": True}

    client.get("/admin/login/sso/callback/", {"code": "c", "state": "forged"}, follow=True)

    assert not is_signed_in(client)


def test_no_link_connects_somebody_elses_identity_to_whoever_is_signed_in(client: Client, provider, viewer):
    client.force_login(viewer)
    there = client.get("/admin/login/sso/", {"process": "connect"})["Location"]
    (state,) = parse_qs(urlsplit(there).query)["state"]
    provider.identity = {"sub": "8", "email": "evil@lumen.example", "email_verified": True}

    client.get("/admin/login/sso/callback/", {"code": "c", "state": state})

    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("name", ["sso", "google"])
def test_without_a_provider_there_is_no_such_page(client: Client, name):
    assert client.get(f"/admin/login/{name}/").status_code == 404


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("https://login.example.com", "", ""), ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"]),
        (("", "parley", "secret"), ["OIDC_ISSUER_URL"]),
        (("http://login.example.com", "parley", "secret"), ["OIDC_ISSUER_URL"]),
        (("login.example.com", "parley", "secret"), ["OIDC_ISSUER_URL"]),
    ],
)
def test_a_wrong_setting_is_named(given, named):
    with pytest.raises(ImproperlyConfigured) as refusal:
        single_sign_on(*given, "SSO")

    assert all(name in str(refusal.value) for name in named)
