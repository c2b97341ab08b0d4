"""Takes the pictures of docs/pictures from a real installation: `make pictures`.

To add a page, add a line to `PICTURES`. The installation is started for the purpose, on a port and with a
data folder of its own, `data/pictures`, and answers with the default model.
"""

import os
import re
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

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, sync_playwright

from benchmarks.installation import NotReady, running_installation

ROOT = Path(__file__).resolve().parents[1]
PICTURES_DIR = ROOT / "docs" / "pictures"
DATA_DIR = ROOT / "data" / "pictures"
ANSWER_MS = 300_000
LANGUAGES = {"en": "en-US", "zh-hans": "zh-CN"}

DESKTOP = (1280, 800)
TALL = (1280, 1000)
POSTER = (1280, 2000)
PHONE = (390, 780)

QUESTION = "How long does delivery take?"
WISH = "I would like to talk to a human, please."
LONG_QUESTION = "Tell me about the Heron desk lamp and the Morel table lamp. Which one suits a small desk?"


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


def chat_of(page: Page) -> Frame:
    """Open the chat on the page and return its frame once it is connected."""
    page.locator("parley-chat").wait_for(state="attached")
    size = page.viewport_size or {"width": DESKTOP[0], "height": DESKTOP[1]}
    page.mouse.click(size["width"] - 48, size["height"] - 48)
    while not (frames := [frame for frame in page.frames if "/widget/" in frame.url]):
        page.wait_for_timeout(50)
    frames[0].wait_for_selector("#message:enabled")
    page.mouse.move(5, 5)
    return frames[0]


def ask(chat: Frame, question: str, status: str = "completed") -> None:
    """Ask and wait until the answer has this status."""
    chat.locator("#message").fill(question)
    chat.locator("#message").press("Enter")
    chat.locator(f".message--assistant[data-newest][data-status={status}]").wait_for(timeout=ANSWER_MS)


def opened(page: Page) -> None:
    """The chat as it greets."""
    chat_of(page)


def answered(page: Page) -> None:
    """A question with its answer."""
    ask(chat_of(page), QUESTION)


def streaming(page: Page) -> None:
    """An answer that is being written."""
    chat = chat_of(page)
    ask(chat, LONG_QUESTION, "streaming")
    chat.locator(".bubble__text", has_text=re.compile(r"[\s\S]{90}")).wait_for(timeout=ANSWER_MS)


def busy(page: Page) -> None:
    """A second question while the queue, which holds one here, is full."""
    chat = chat_of(page)
    ask(chat, LONG_QUESTION, "streaming")
    chat.locator("#message").fill(QUESTION)
    chat.locator("#message").press("Enter")
    chat.locator("[data-part=status][data-status=busy]").wait_for()


def tries(page: Page) -> None:
    """A question that was tried, with what was found for it."""
    page.locator("[data-ask]:enabled").wait_for()
    page.locator("#bench-question").fill("Can I bring back a lamp that I have used?")
    page.locator("[data-ask]").click()
    page.locator("[data-found] .bench-scale").wait_for(timeout=ANSWER_MS)


def asked_in_vain(page: Page) -> None:
    """Questions that the shop's knowledge does not answer."""
    browser = page.context.browser
    assert browser is not None
    for question in ("Do you sell carpets?", "Where can I park?", "Do you have carpets as well?"):
        # Another visitor each time: to the second answer of this kind the assistant would call a person.
        visitor = browser.new_page()
        visitor.goto(f"{page.url.split('/admin/')[0]}/widget/demo/")
        ask(visitor.main_frame, question)
        visitor.close()
    page.bring_to_front()
    page.reload()
    page.locator(".bench-group").first.wait_for()


def first_answer(page: Page) -> None:
    """How the newest answer came about."""
    page.locator(".inbox-link").first.click()
    page.locator(".bench-scale").wait_for()


def first_row(page: Page) -> None:
    """The page behind the first row of an admin list."""
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
    page.wait_for_load_state()


def somebody_waits(page: Page) -> None:
    """A visitor who has asked for a person; the inbox shows it by itself."""
    visitor = page.context.new_page()
    visitor.goto(f"{page.url.split('/admin/')[0]}/widget/demo/")
    ask(visitor.main_frame, QUESTION)
    visitor.locator("#message").fill(WISH)
    visitor.locator("#message").press("Enter")
    page.bring_to_front()
    page.locator(".inbox-row", has_text=WISH).first.wait_for()


def person_answers(page: Page) -> None:
    """A conversation that an operator has taken over."""
    somebody_waits(page)
    page.locator(".inbox-row", has_text=WISH).first.get_by_role("link").click()
    page.locator("#inbox-turn [data-act=take-over] button").click()
    page.locator("#inbox-turn[data-mine=yes]").wait_for()
    page.locator("#inbox-text").fill("Good morning! Your Heron lamp leaves our shop today.")
    page.locator("#inbox-reply button").click()
    page.locator(".parley-by-operator").wait_for()
    page.locator("#inbox-assistance [data-summary]").wait_for(timeout=ANSWER_MS)
    page.locator("#inbox-text").fill("Would you like")


def sets_up_an_app(page: Page) -> None:
    """The key of an authenticator app, after the password was asked for once more."""
    password = page.locator("[name=password]")
    password.fill(os.environ["OWNER_PASSWORD"])
    password.press("Enter")
    page.locator("#totp-key").wait_for()


def invites(page: Page) -> None:
    """What a newcomer sees who opens an invitation, in another browser."""
    page.locator("[name=email]").fill("ann@maple-and-moth.example")
    page.locator("[name=_save]").click()
    link = page.locator("#invitation-link").inner_text()
    page.context.clear_cookies()
    page.goto(link)
    page.locator("[name=username]").fill("ann")
    page.locator("[name=first_name]").fill("Ann")
    page.mouse.move(5, 5)


def writes_a_draft(page: Page) -> None:
    """A draft of the prompt, with test cases that stand before it."""
    root = page.url.split("/admin/")[0]
    page.goto(f"{root}/admin/prompts/promptversion/")
    if page.locator("#result_list", has_text="Draft").count():
        first_row(page)
        return
    for question, words in ((QUESTION, "days"), ("Can I return a lamp?", "60 days")):
        page.goto(f"{root}/admin/prompts/regressioncase/add/")
        page.locator("[name=question]").fill(question)
        page.locator("[name=must_contain]").fill(words)
        page.locator("[name=_save]").click()
        page.wait_for_load_state()
    page.goto(f"{root}/admin/prompts/promptversion/")
    first_row(page)
    text = page.locator("#id_text")
    text.fill(
        text.input_value().replace("a few short sentences", "two short sentences") + "\n\nToday is {date}."
    )
    page.locator("[name=message]").fill("Shorter, and knows the day")
    page.locator("[name=_draft]").click()
    page.locator("#prompt-state .parley-tag").wait_for()


def compares(page: Page) -> None:
    """What differs between the draft and the version before."""
    writes_a_draft(page)
    page.locator(".prompt-state a[href$='/compare/']").click()
    page.locator(".prompt-diff").wait_for()


def tests_two_versions(page: Page) -> None:
    """Two versions on the same test cases, side by side."""
    root = page.url.split("/admin/")[0]
    writes_a_draft(page)
    for row in ("first", "last"):
        page.goto(f"{root}/admin/prompts/promptversion/")
        getattr(page.locator("#result_list tbody th a"), row).click()
        page.locator("form[action*='/start/'] button").click()
        page.locator("#run-title .parley-tag", has_text=re.compile("assed")).wait_for(timeout=ANSWER_MS)
    page.reload()
    page.locator("[name=with]").select_option(index=1)
    page.locator("[name=with] ~ button, label:has([name=with]) + button").first.click()
    page.locator(".run-results").wait_for()


def splits(page: Page) -> None:
    """A split that has just begun."""
    writes_a_draft(page)
    page.goto(f"{page.url.split('/admin/')[0]}/admin/prompts/split/add/")
    for number, weight in ((1, "80"), (2, "20")):
        page.locator(f"#id_version_{number}").select_option(index=number)
        page.locator(f"#id_weight_{number}").fill(weight)
    page.locator("[name=override]").check(force=True)
    page.locator("[name=_save]").click()
    page.locator(".split-table").wait_for()


def plays(page: Page) -> None:
    """A question tried in the playground."""
    page.locator("[name=question]").fill(QUESTION)
    page.locator("[name=knowledge]").uncheck()
    page.locator("[data-ask]").click()
    page.locator("[data-figures]:not([hidden])").wait_for(timeout=ANSWER_MS)


PICTURES = (
    Picture("landing", "/", TALL),
    Picture("landing-dark", "/", TALL, dark=True),
    Picture("demo", "/demo/", TALL),
    Picture("widget-closed", "/demo/"),
    Picture("widget-open", "/demo/", does=opened),
    Picture("widget-answer", "/demo/", does=answered),
    Picture("widget-streaming", "/demo/", without_knowledge=True, does=streaming),
    Picture("widget-busy", "/demo/", without_knowledge=True, does=busy),
    Picture("widget-dark", "/demo/", dark=True, does=answered),
    Picture("widget-phone", "/demo/", PHONE, does=answered),
    Picture("widget-chinese", "/demo/", language="zh-hans", does=opened),
    Picture("widget-alone", "/widget/demo/", TALL),
    Picture("login", "/admin/"),
    Picture("two-factor", "/admin/account/app/add/", signed_in=True, does=sets_up_an_app),
    Picture("invitation", "/admin/accounts/invitation/add/", signed_in=True, does=invites),
    Picture("admin", "/admin/", TALL, signed_in=True),
    Picture("admin-dark", "/admin/", TALL, dark=True, signed_in=True),
    Picture("admin-chinese", "/admin/", TALL, language="zh-hans", signed_in=True),
    Picture("admin-sites", "/admin/accounts/site/", signed_in=True),
    Picture("admin-site", "/admin/accounts/site/", TALL, signed_in=True, does=first_row),
    Picture("admin-people", "/admin/accounts/user/", signed_in=True),
    Picture("admin-prompts", "/admin/prompts/promptversion/", signed_in=True),
    Picture("admin-prompt", "/admin/prompts/promptversion/", TALL, signed_in=True, does=first_row),
    Picture("prompt-compare", "/admin/prompts/promptversion/", signed_in=True, does=compares),
    Picture("prompt-run", "/admin/prompts/promptversion/", TALL, signed_in=True, does=tests_two_versions),
    Picture("playground", "/admin/playground/", TALL, signed_in=True, does=plays),
    Picture("prompt-split", "/admin/prompts/promptversion/", signed_in=True, does=splits),
    Picture("admin-conversations", "/admin/conversations/conversation/", signed_in=True),
    Picture("admin-conversation", "/admin/conversations/conversation/", TALL, signed_in=True, does=first_row),
    Picture("knowledge-sources", "/admin/knowledge/source/", signed_in=True),
    Picture("workbench-try", "/admin/workbench/try/", TALL, signed_in=True, does=tries),
    Picture("workbench-unanswered", "/admin/workbench/unanswered/", signed_in=True, does=asked_in_vain),
    Picture("workbench-answer", "/admin/workbench/answers/", TALL, signed_in=True, does=first_answer),
    Picture("inbox", "/admin/inbox/", signed_in=True, does=somebody_waits),
    Picture("inbox-conversation", "/admin/inbox/", TALL, signed_in=True, does=person_answers),
    Picture("inbox-dark", "/admin/inbox/", TALL, dark=True, signed_in=True, does=person_answers),
    Picture("inbox-phone", "/admin/inbox/", PHONE, signed_in=True, does=somebody_waits),
    Picture("admin-models", "/admin/inference/languagemodelversion/", signed_in=True),
    Picture("audit", "/admin/accounts/auditentry/", TALL, signed_in=True),
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
