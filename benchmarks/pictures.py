"""Takes the pictures of docs/pictures from a real installation: `make pictures`.

To add a page, add a line to `PICTURES`. The installation is started for the purpose, on a port and with a
data folder of its own, `data/pictures`, and answers with the default model.
"""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from benchmarks import picture_scenes as scenes
from benchmarks.installation import NotReady, running_installation

ROOT = Path(__file__).resolve().parents[1]
PICTURES_DIR = ROOT / "docs" / "pictures"
DATA_DIR = ROOT / "data" / "pictures"
LANGUAGES = {"en": "en-US", "zh-hans": "zh-CN"}

DESKTOP = (1280, 800)
TALL = (1280, 1000)
POSTER = (1280, 2000)
PHONE = (390, 780)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: a page in a window, after what a person did on it."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    dark: bool = False
    language: str = "en"
    signed_in: bool = False
    # Whether the shop has a demo history of two months, which stays for all pictures after this one.
    with_history: bool = False
    # Whether the shop's knowledge is switched off, so that the model writes.
    without_knowledge: bool = False
    does: Callable[[Page], None] | None = None


PICTURES = (
    Picture("landing", "/", TALL),
    Picture("landing-dark", "/", TALL, dark=True),
    Picture("demo", "/demo/", TALL),
    Picture("widget-closed", "/demo/"),
    Picture("widget-open", "/demo/", does=scenes.opened),
    Picture("widget-answer", "/demo/", does=scenes.answered),
    Picture("widget-streaming", "/demo/", without_knowledge=True, does=scenes.streaming),
    Picture("widget-busy", "/demo/", without_knowledge=True, does=scenes.busy),
    Picture("widget-dark", "/demo/", dark=True, does=scenes.answered),
    Picture("widget-phone", "/demo/", PHONE, does=scenes.answered),
    Picture("widget-chinese", "/demo/", language="zh-hans", does=scenes.opened),
    Picture("widget-alone", "/widget/demo/", TALL),
    Picture("login", "/admin/"),
    Picture("two-factor", "/admin/account/app/add/", signed_in=True, does=scenes.sets_up_an_app),
    Picture("invitation", "/admin/accounts/invitation/add/", signed_in=True, does=scenes.invites),
    Picture("admin", "/admin/", TALL, signed_in=True),
    Picture("admin-dark", "/admin/", TALL, dark=True, signed_in=True),
    Picture("admin-chinese", "/admin/", TALL, language="zh-hans", signed_in=True),
    Picture("admin-sites", "/admin/accounts/site/", signed_in=True),
    Picture("admin-site", "/admin/accounts/site/", TALL, signed_in=True, does=scenes.first_row),
    Picture("admin-people", "/admin/accounts/user/", signed_in=True),
    Picture("admin-prompts", "/admin/prompts/promptversion/", signed_in=True),
    Picture("admin-prompt", "/admin/prompts/promptversion/", TALL, signed_in=True, does=scenes.first_row),
    Picture("prompt-compare", "/admin/prompts/promptversion/", signed_in=True, does=scenes.compares),
    Picture(
        "prompt-run", "/admin/prompts/promptversion/", TALL, signed_in=True, does=scenes.tests_two_versions
    ),
    Picture("playground", "/admin/playground/", TALL, signed_in=True, does=scenes.plays),
    Picture("prompt-split", "/admin/prompts/promptversion/", signed_in=True, does=scenes.splits),
    Picture("admin-conversations", "/admin/conversations/conversation/", signed_in=True),
    Picture(
        "admin-conversation",
        "/admin/conversations/conversation/",
        TALL,
        signed_in=True,
        does=scenes.first_row,
    ),
    Picture("knowledge-sources", "/admin/knowledge/source/", signed_in=True),
    Picture("workbench-try", "/admin/workbench/try/", TALL, signed_in=True, does=scenes.tries),
    Picture(
        "workbench-unanswered", "/admin/workbench/unanswered/", signed_in=True, does=scenes.asked_in_vain
    ),
    Picture("workbench-answer", "/admin/workbench/answers/", TALL, signed_in=True, does=scenes.first_answer),
    Picture("inbox", "/admin/inbox/", signed_in=True, does=scenes.somebody_waits),
    Picture("inbox-conversation", "/admin/inbox/", TALL, signed_in=True, does=scenes.person_answers),
    Picture("inbox-dark", "/admin/inbox/", TALL, dark=True, signed_in=True, does=scenes.person_answers),
    Picture("inbox-phone", "/admin/inbox/", PHONE, signed_in=True, does=scenes.somebody_waits),
    Picture("admin-models", "/admin/inference/languagemodelversion/", signed_in=True),
    Picture("audit", "/admin/accounts/auditentry/", TALL, signed_in=True),
    Picture("sentiment", "/admin/inbox/?tab=all", TALL, signed_in=True, does=scenes.explains),
    Picture("analytics", "/admin/analytics/", POSTER, signed_in=True, with_history=True),
    Picture("analytics-dark", "/admin/analytics/", POSTER, dark=True, signed_in=True, with_history=True),
    Picture("analytics-phone", "/admin/analytics/", PHONE, signed_in=True, with_history=True),
    Picture(
        "analytics-chinese",
        "/admin/analytics/",
        POSTER,
        language="zh-hans",
        signed_in=True,
        with_history=True,
    ),
    Picture(
        "analytics-topics",
        "/admin/analytics/topics/",
        TALL,
        signed_in=True,
        with_history=True,
        does=scenes.finds_topics,
    ),
)


def take(browser: Browser, url: str, password: str, picture: Picture) -> None:
    """Take one picture in a browser profile of its own."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if picture.dark else "light",
        locale=LANGUAGES[picture.language],
        device_scale_factor=2 if width < 600 else 1,
        reduced_motion="reduce",
    )
    if picture.signed_in:
        sign_in(context, url, password)
    page = context.new_page()
    page.goto(url + picture.path)
    page.wait_for_load_state()
    if picture.does is not None:
        picture.does(page)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=PICTURES_DIR / f"{picture.name}.png")
    settle(page)
    context.close()


def settle(page: Page) -> None:
    """Stop an answer that is being written, so that the next picture finds the queue empty."""
    for frame in page.frames:
        with suppress(Error):
            frame.locator("[data-does=stop]").click(timeout=500)
            frame.locator(".message--assistant[data-newest][data-status=stopped]").wait_for()


def sign_in(context: BrowserContext, url: str, password: str) -> None:
    """Sign the owner in."""
    page = context.new_page()
    page.goto(f"{url}/admin/")
    page.locator("[name=username]").fill("owner")
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/admin/")
    page.close()


def wait_for_knowledge() -> None:
    """Wait until the worker has read what the demo shop knows."""
    while _in_database("SELECT count(*) FROM knowledge_document WHERE status != 'ready'") != 0:
        time.sleep(0.5)


def make_history() -> None:
    """Fill the shop with a demo history, wait until the worker has scored its messages, and count it."""
    seed = ("seedhistory", "--days", "60", "--conversations", "1000", "--force")
    subprocess.run([sys.executable, "manage.py", *seed], cwd=ROOT, check=True)
    unscored = "SELECT count(*) FROM conversations_message WHERE author = 'visitor' AND NOT sentiment_checked"
    while _in_database(unscored) != 0:
        time.sleep(1)
    subprocess.run([sys.executable, "manage.py", "recount", "--site", "demo"], cwd=ROOT, check=True)


def switch_knowledge(*, on: bool) -> None:
    """Let the demo shop's knowledge be searched, or not."""
    _in_database(f"UPDATE knowledge_source SET is_enabled = {int(on)}")


def _in_database(statement: str) -> Any:
    with closing(sqlite3.connect(DATA_DIR / "parley.sqlite3", timeout=30)) as database, database:
        row = database.execute(statement).fetchone()
    return row[0] if row else None


def main(wanted: list[str]) -> None:
    """Take all pictures, or those that are named."""
    password = secrets.token_urlsafe(12)
    port = int(os.environ.get("PICTURES_PORT", "8139"))
    url = f"http://127.0.0.1:{port}"
    os.environ |= {
        "DATA_DIR": str(DATA_DIR),
        "PORT": str(port),
        "INFERENCE_PORT": str(port - 1),
        "PUBLIC_URL": url,
        "OWNER_PASSWORD": password,
        "REPLY_QUEUE_LIMIT": "1",
        "REPLY_MAX_TOKENS": "150",
        # The browser works on the same cores.
        "INFERENCE_THREADS": "1",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "INFERENCE_URLS"):
        os.environ.pop(name, None)
    for leftover in DATA_DIR.glob("parley.sqlite3*"):
        leftover.unlink()
    PICTURES_DIR.mkdir(parents=True, exist_ok=True)
    with running_installation(url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        wait_for_knowledge()
        has_history = False
        for picture in PICTURES:
            if not wanted or picture.name in wanted:
                print(f"{picture.name}.png", flush=True)
                if picture.with_history and not has_history:
                    make_history()
                    has_history = True
                switch_knowledge(on=not picture.without_knowledge)
                take(browser, url, password, picture)
        browser.close()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except NotReady as error:
        sys.exit(str(error))
