"""The whole story of the workshop through its pages: `python -m benchmarks.workshop_story`.

Imports dialogues, cleans and labels them, fine-tunes, evaluates, tries a canary, activates the new version,
chats with it, goes back to the old one, and exports. Settings are short: the story shows that everything
works together, not how good a model becomes. It takes the pictures `docs/pictures/workshop-*.png` and writes
how long each part took into `benchmarks/results/workshop_story.json`.

The installation is started for the purpose, in the folder `data/story` and on a port of its own; `DATA_DIR`
and `PORT` change that. With `PASSWORD` and `URL` it is one that runs already.
"""

import json
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, ViewportSize, sync_playwright

from benchmarks.installation import NotReady, running_installation
from benchmarks.picture_scenes import ask, chat_of
from benchmarks.pictures import sign_in
from benchmarks.story_dialogues import write_dialogues

ROOT = Path(__file__).resolve().parents[1]
PICTURES_DIR = ROOT / "docs" / "pictures"
RESULT = ROOT / "benchmarks" / "results" / "workshop_story.json"
TALL: ViewportSize = {"width": 1280, "height": 1000}
NAME = "Support dialogues"
SHORT = {"epochs": "1", "rank": "8", "longest": "256", "tokens_at_once": "512", "checkpoint_every": "10"}
# Nothing that lets a visitor seem unhappy: then a person is called, and takes the next turn.
QUESTION = "Hello! Which of your lamps suits a small desk?"
REASON = "A short demonstration with few dialogues: the figures are there, and a person watches."
WAIT_SECONDS = 1500.0


class StoryBroke(Exception):
    """A page did not do what the story expects; the message says which and what it said."""


class Story:
    """One person's way through the pages, timed part by part."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.seconds: dict[str, float] = {}
        self.told: dict[str, Any] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part of the story and say that it begins."""
        print(name, flush=True)
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 1)

    def go(self, path: str) -> None:
        """Open a page of the installation."""
        self.page.goto(self.url + path)
        self.page.wait_for_load_state()

    def picture(self, name: str, *, at: str = "") -> None:
        """Take a picture, with the part of the page that `at` selects in view."""
        if at:
            self.page.locator(at).first.scroll_into_view_if_needed()
            # A heading stands under the bar at the top otherwise.
            self.page.mouse.wheel(0, -80)
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=PICTURES_DIR / f"workshop-{name}.png")

    def press(self, words: str) -> None:
        """Press the button with these words and wait for the page that follows."""
        button = self.page.get_by_role("button", name=words, exact=True).first
        with self.page.expect_navigation():
            button.click()
        self.page.wait_for_load_state()

    def save(self) -> None:
        """Send the admin's own form of this page and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator("[name=_save], [name=_continue]").first.click()
        self.page.wait_for_load_state()

    def wait_until_done(self, state: str = "Done") -> None:
        """Wait until nothing on this page is at work, and raise StoryBroke unless it ended well."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.page.locator("#content [hx-trigger='every 2s']").count():
            if time.monotonic() > deadline:
                raise StoryBroke(f"{self.page.url} was at work for {WAIT_SECONDS:.0f} s.")
            self.page.wait_for_timeout(2000)
            # A page that has news may be loading itself anew.
            with suppress(Error):
                self.page.goto(self.page.url)
            self.page.wait_for_load_state()
        found = self.page.locator(".parley-panel h2 .parley-tag").first.inner_text().strip()
        if found != state:
            said = self.page.locator("[role=status]").first.inner_text()
            raise StoryBroke(f"{self.page.url} ended as {found}: {said}")

    def number(self) -> str:
        """The row that the page's address names."""
        found = re.search(r"/(\d+)/", self.page.url)
        if found is None:
            raise StoryBroke(f"{self.page.url} is no row's page.")
        return found[1]


def import_clean_and_label(story: Story, folder: Path) -> str:
    """Make a data set out of a file, and return the number of its first version."""
    page = story.page
    with story.part("import"):
        story.go("/admin/workshop/dataset/add/")
        page.locator("[name=name]").fill(NAME)
        page.locator("[name=kind]").select_option("dialogues")
        story.save()
        page.locator("input[type=file]").set_input_files(write_dialogues(folder))
        page.locator("[name=licence]").fill("Our own")
        story.press("Import")
        story.wait_until_done()
    with story.part("clean"):
        story.press("Clean")
        story.wait_until_done()
        story.picture("cleaning", at="#set-cleaning")
        data_set = page.url
    with story.part("label"):
        page.get_by_role("link", name="Label examples").click()
        page.wait_for_load_state()
        story.picture("labelling")
        for _time in range(3):
            with page.expect_navigation():
                page.locator("button[value=accept]").click()
    with story.part("version"):
        page.goto(data_set)
        story.press("Make a version")
        story.wait_until_done()
        page.locator("#set-versions").scroll_into_view_if_needed()
        page.locator("section[aria-labelledby=set-versions] tbody a").first.click()
        page.wait_for_load_state()
        story.picture("data-version")
    return story.number()


def fine_tune(story: Story, data: str) -> str:
    """Fine-tune the active version on the data set and return the number of the version that it makes."""
    page = story.page
    with story.part("fine-tune"):
        story.go("/admin/workshop/workshopjob/add/")
        story.picture("jobs")
        story.go("/admin/workshop/workshopjob/add/?kind=finetune")
        page.locator("[name=data_set]").select_option(data)
        for name, value in SHORT.items():
            page.locator(f"[name=option_{name}]").fill(value)
        page.wait_for_timeout(1000)
        story.press("Begin")
        # The curve has two points after two steps.
        page.locator("svg").first.wait_for(timeout=WAIT_SECONDS * 1000)
        story.picture("job-running")
        page.reload()
        story.wait_until_done()
        story.picture("job-done")
        page.locator(".jobs-made a").click()
        page.wait_for_load_state()
    return story.number()


def evaluate(story: Story, version: str, base: str, data: str) -> None:
    """Measure both versions on the test part, and compare them."""
    page = story.page
    for each in (base, version):
        with story.part(f"evaluate {each}"):
            story.go(f"/admin/workshop/evaluation/add/?version={each}")
            page.locator("[name=version]").select_option(each)
            page.locator("[name=data]").select_option(data)
            page.locator("[name=most_examples]").fill("10")
            for box in page.locator("[name=measures]").all():
                box.set_checked(box.get_attribute("value") in ("perplexity", "likeness", "speed"))
            story.save()
            story.wait_until_done()
    with story.part("compare"):
        story.go("/admin/workshop/evaluation/report/")
        for box in page.locator("main input[type=checkbox], #content input[type=checkbox]").all():
            box.set_checked(True)
        buttons = page.locator("#content form button[type=submit]")
        if buttons.count():
            with page.expect_navigation():
                buttons.first.click()
        story.picture("report")


def roll_out(story: Story, version: str) -> None:
    """Try the version with visitors, then let it answer everybody."""
    page = story.page
    with story.part("canary"):
        story.go(f"/admin/inference/languagemodelversion/{version}/change/")
        story.picture("gate", at="#version-gate")
        _give_a_reason(page)
        page.locator("[name=percent]").fill("99")
        with page.expect_navigation():
            page.locator("button[formaction$='/canary/']").click()
        story.go(f"/admin/inference/languagemodelversion/{version}/change/")
        _wait_until_served(story)
        _chat(story, "as a canary")
        story.go("/admin/workshop/canary/")
        story.picture("canary")
        with page.expect_navigation():
            page.get_by_role("button", name="Take it back").click()
    with story.part("activate"):
        story.go(f"/admin/inference/languagemodelversion/{version}/change/")
        _give_a_reason(page)
        with page.expect_navigation():
            page.locator(
                "section[aria-labelledby=version-gate] button[type=submit]:not([formaction])"
            ).click()
        story.go(f"/admin/inference/languagemodelversion/{version}/change/")
        _wait_until_served(story)
        story.picture("active")
    with story.part("chat"):
        _chat(story, "as the active one", picture="chat")


def roll_back(story: Story, base: str) -> None:
    """Go back to the version that answered before."""
    page = story.page
    with story.part("roll back"):
        story.go(f"/admin/inference/languagemodelversion/{base}/change/")
        with page.expect_navigation():
            page.get_by_role("button", name="Go back to it").click()
        story.go(f"/admin/inference/languagemodelversion/{base}/change/")
        _wait_until_served(story)
        story.go("/admin/inference/languagemodelversion/")
        story.picture("rolled-back")
        _chat(story, "after going back")


def export(story: Story, version: str) -> None:
    """Write the version as a file for llama.cpp."""
    page = story.page
    with story.part("export"):
        story.go(f"/admin/workshop/export/add/?version={version}&format=gguf")
        page.locator("[name=version]").select_option(version)
        page.locator("[name=format][value=gguf]").check()
        story.save()
        story.wait_until_done()
        story.picture("export")
        story.told["export_sha256"] = page.locator("code").first.inner_text()


def _give_a_reason(page: Page) -> None:
    if (reason := page.locator("#override-reason")).count():
        reason.fill(REASON)


def _wait_until_served(story: Story) -> None:
    """Wait until the model server has loaded the version on whose page we are."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not story.page.get_by_text("✓ serves it", exact=True).count():
        if time.monotonic() > deadline:
            raise StoryBroke(f"The model server does not serve the version of {story.page.url}.")
        story.page.wait_for_timeout(2000)
        story.page.reload()


def _chat(story: Story, when: str, *, picture: str = "") -> None:
    """Ask the demo shop's chat as a visitor who was not there before, in a browser of its own."""
    browser = story.page.context.browser
    assert browser is not None
    visitor = browser.new_context(viewport=TALL, locale="en-US", reduced_motion="reduce")
    page = visitor.new_page()
    page.goto(f"{story.url}/demo/")
    chat = chat_of(page)
    ask(chat, QUESTION)
    answer = chat.locator(".message--assistant[data-newest] .bubble__text").first.inner_text()
    story.told[f"answer {when}"] = answer
    if picture:
        page.screenshot(path=PICTURES_DIR / f"workshop-{picture}.png")
    visitor.close()


def active_version(story: Story) -> str:
    """The number of the language model version that answers now."""
    story.go("/admin/inference/languagemodelversion/?kind__exact=language&state__exact=active")
    story.page.locator("#result_list tbody a").first.click()
    story.page.wait_for_load_state()
    return story.number()


def tell(story: Story, folder: Path) -> None:
    """The story from its beginning to its end. Raises StoryBroke."""
    base = active_version(story)
    data = import_clean_and_label(story, folder)
    version = fine_tune(story, data)
    evaluate(story, version, base, data)
    roll_out(story, version)
    roll_back(story, base)
    export(story, version)


def main() -> int:
    """Start an installation and tell the story in it; 0 where all of it worked."""
    password = os.environ.get("PASSWORD") or secrets.token_urlsafe(12)
    port = int(os.environ.get("PORT", "8149"))
    url = os.environ.get("URL", f"http://127.0.0.1:{port}")
    data_dir = Path(os.environ.setdefault("DATA_DIR", str(ROOT / "data" / "story")))
    os.environ |= {
        "PORT": str(port),
        "INFERENCE_PORT": str(port - 1),
        "WORKER_METRICS_PORT": "0",
        "PUBLIC_URL": url,
        "OWNER_PASSWORD": password,
        "REPLY_MAX_TOKENS": "80",
        "INFERENCE_THREADS": "1",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "INFERENCE_URLS"):
        os.environ.pop(name, None)
    data_dir.mkdir(parents=True, exist_ok=True)
    PICTURES_DIR.mkdir(parents=True, exist_ok=True)
    is_running = "URL" in os.environ
    with nullcontext() if is_running else running_installation(url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport=TALL, locale="en-US", reduced_motion="reduce")
        context.set_default_timeout(60_000)
        sign_in(context, url, password)
        story = Story(context.new_page(), url)
        try:
            tell(story, data_dir)
        except Exception:
            story.page.screenshot(path=data_dir / "broke.png")
            print(f"It broke at {story.page.url}; see {data_dir / 'broke.png'}", file=sys.stderr, flush=True)
            raise
        finally:
            print(json.dumps({"seconds": story.seconds, **story.told}, indent=2), flush=True)
        RESULT.write_text(json.dumps({"seconds": story.seconds, **story.told}, indent=2) + "\n")
        browser.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotReady as error:
        sys.exit(str(error))
