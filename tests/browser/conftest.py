"""A browser, an installation to look at, and company pages that show its chat.

Playwright's synchronous interface runs an event loop in this thread, so it lives no longer than a module.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.host_pages import HostPages, serve_host_pages
from tests.browser.installation import Installation


@pytest.fixture(scope="session")
def host_pages_server() -> Iterator[HostPages]:
    with serve_host_pages() as pages:
        yield pages


@pytest.fixture
def host_pages(host_pages_server: HostPages) -> Iterator[HostPages]:
    """Company pages, none yet; the site `acme` may be shown on them."""
    yield host_pages_server
    host_pages_server.html.clear()
    host_pages_server.headers.clear()


@pytest.fixture(scope="session")
def installation(
    tmp_path_factory: pytest.TempPathFactory, host_pages_server: HostPages, real_language_model: Path
) -> Iterator[Installation]:
    """The real stack with real weights."""
    installation = Installation(tmp_path_factory.mktemp("installation"), host_pages_server.origin)
    try:
        installation.prepare(real_language_model)
        installation.start_model_server()
        installation.start_web()
        yield installation
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile without a past, speaking English."""
    context = browser.new_context(locale="en-US", viewport={"width": 1100, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; the test fails when a script on it does."""
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    assert not failures, failures
