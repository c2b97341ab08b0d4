import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings

from chatbot.security_headers import (
    CONTENT_SECURITY_POLICY,
    PERMISSIONS_POLICY,
    SecurityHeadersMiddleware,
)

EXPECTED = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def check(headers):
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/metrics"])
@pytest.mark.django_db
def test_every_response_carries_the_strict_headers(path, client: Client):
    check(client.get(path).headers)


@pytest.mark.django_db
async def test_async_responses_carry_them_too(async_client: AsyncClient):
    response = await async_client.get("/health/live")

    check(response.headers)


def test_a_refused_host_gets_them_too(client: Client):
    response = client.get("/health/live", headers={"Host": "evil.example"})

    assert response.status_code == 400
    check(response.headers)


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[])
def test_the_redirect_to_https_has_them_too():
    response = Client().get("/demo/")

    assert response.status_code == 301
    check(response.headers)


@pytest.mark.parametrize(
    ("seconds", "secure", "sent"), [(0, True, False), (60, True, True), (60, False, False)]
)
def test_hsts_is_sent_on_https_alone(seconds, secure, sent):
    with override_settings(SECURE_HSTS_SECONDS=seconds):
        response = Client().get("/health/live", secure=secure)

    assert ("Strict-Transport-Security" in response.headers) is sent


def test_nobody_may_frame_a_page_or_run_a_strangers_script():
    directives = dict(part.strip().split(" ", 1) for part in CONTENT_SECURITY_POLICY.split(";"))

    assert directives["frame-ancestors"] == directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"


@pytest.mark.django_db
def test_the_admin_is_kept_in_no_cache_and_allows_no_inline_code(client: Client):
    headers = client.get("/admin/login/").headers

    assert headers["Cache-Control"] == "no-store, private"
    assert "script-src 'self' 'unsafe-eval';" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_a_view_that_sets_its_own_policy_keeps_it():
    def view(request: HttpRequest) -> HttpResponse:
        headers = {
            "Content-Security-Policy": "frame-ancestors https://shop.example",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return HttpResponse(headers=headers)

    request = RequestFactory().get("/")
    request.resolver_match = None
    response = SecurityHeadersMiddleware(view)(request)

    assert response["Content-Security-Policy"] == "frame-ancestors https://shop.example"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.xframe_options_exempt


def test_the_middleware_follows_the_kind_of_what_it_wraps():
    async def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert iscoroutinefunction(SecurityHeadersMiddleware(answer))
    assert not iscoroutinefunction(SecurityHeadersMiddleware(lambda request: HttpResponse()))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("en", "There is nothing at this address"), ("zh-hans", "这个地址没有内容")]
)
def test_a_missing_page_says_so_in_the_readers_language(client: Client, language, words):
    response = client.get("/nowhere", headers={"Accept-Language": language})

    assert response.status_code == 404
    assert words in response.content.decode()


@pytest.mark.django_db
def test_a_fault_shows_a_page_and_no_inside(client: Client, monkeypatch):
    def fail(key):
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("accounts.models.SiteQuerySet.for_key", fail)
    client.raise_request_exception = False

    response = client.get("/widget/demo/")

    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    assert "42" not in response.content.decode()
    check(response.headers)


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_a_page():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()
