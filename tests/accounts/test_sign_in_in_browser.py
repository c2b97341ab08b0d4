"""Signing in with a real Chromium: password and code, passkey, invitation; within the security policy."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from accounts.models import Invitation, Site, User
from tests.accounts.people import PASSWORD, App, code_of
from tests.accounts.test_admin_in_browser import in_thread

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def context(live_server, operator: User, owner: User, site: Site) -> Iterator[BrowserContext]:
    """A fresh browser; the people are there before it opens, since it keeps this thread to itself."""
    secret = Invitation.objects.invite(site, "new@lumen.example", "viewer", owner)[1]
    app = App(owner)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        opened = browser.new_context(base_url=live_server.url, locale="en-GB")
        opened.set_default_timeout(10_000)
        opened.secret, opened.app = secret, app  # type: ignore[attr-defined]
        yield opened
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [text for text in complaints if "status of 4" not in text] == []


def sign_in(page: Page, name: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [v["id"] for v in violations if v["impact"] in ("serious", "critical")]


def test_a_password_and_a_code_open_the_admin(page: Page, context: BrowserContext) -> None:
    sign_in(page, "owner")
    assert serious(page) == []
    page.get_by_label("Code").fill(context.app.code())  # type: ignore[attr-defined]
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_an_app_is_set_up_and_asked_for_next_time(page: Page) -> None:
    sign_in(page, "operator")
    page.goto("/admin/account/")
    assert serious(page) == []
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.locator("#totp-key").inner_text()
    assert serious(page) == []
    page.get_by_label("Authenticator code").fill(code_of(secret, steps_ago=1))
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".parley-codes li")).to_have_count(10)
    page.context.clear_cookies()

    sign_in(page, "operator")
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_alone(page: Page, context: BrowserContext) -> None:
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    sign_in(page, "operator")
    page.goto("/admin/account/passkeys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add a key").click()
    expect(page.locator(".parley-codes li")).to_have_count(10)
    page.context.clear_cookies()

    page.goto("/admin/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_an_invitations_code_leaves_the_address_and_makes_an_account(
    page: Page, context: BrowserContext
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/admin/invitation/#{context.secret}")  # type: ignore[attr-defined]
    expect(page.get_by_text("You are invited to work for Lumen Lamps as Viewer.")).to_be_visible()
    assert serious(page) == []
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password").fill("a lamp beside the bed")
    page.get_by_role("button", name="Create my account").click()

    expect(page).to_have_url(re.compile(r"/admin/$"))
    # Browsers report the fragment of a page's own address here, and send it to nobody.
    assert not any(context.secret in url.partition("#")[0] for url in asked)  # type: ignore[attr-defined]
    in_thread(lambda: User.objects.get(username="newcomer"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_sign_in_page(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/admin/login/")

    assert serious(page) == []
