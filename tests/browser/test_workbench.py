"""An owner tries a question, answers one that was asked in vain, and sees how answers came about."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.browser.scripted_installation import ScriptedInstallation, scripted_installation
from tests.browser.test_accessibility import serious
from tests.processes import manage

KNOWLEDGE = "Lamps travel for two days in a padded box."
PLANT = f"""
from accounts.models import Site
from chatbot.knowledge.models import Document, KnowledgeSettings, Passage, Source
site = Site.objects.get(public_key="demo")
source = Source.objects.create(site=site, kind="text", name="Delivery")
document = Document.objects.create(site=site, source=source, title="Delivery", status="ready")
Passage.objects.create(site=site, document=document, position=0, text="{KNOWLEDGE}")
KnowledgeSettings.objects.create(site=site, mode="free", low_threshold=0, strong_threshold=1)
"""
UNHELPFUL = """
from chatbot.conversations.models import Message
Message.objects.filter(author="assistant").update(feedback="down")
"""
QUESTION = "How long do lamps travel?"
TEXT = "Hello from the script."


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedInstallation]:
    with scripted_installation(tmp_path_factory.mktemp("scripted")) as installation:
        manage(installation.environment, "shell", "--verbosity=0", "-c", PLANT)
        yield installation


@pytest.fixture(params=["en-US", "zh-CN"])
def bench(scripted: ScriptedInstallation, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of Cho's, in either language; the test fails when a script on it does."""
    context = browser.new_context(locale=request.param)
    cookie = {"name": "sessionid", "value": scripted.sessions["Cho"], "url": scripted.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert not failures, failures


def test_a_question_is_tried_by_key_and_stopped(scripted: ScriptedInstallation, bench: Page) -> None:
    bench.goto(f"{scripted.url}/admin/workbench/try/")
    expect(bench.locator("[data-ask]")).to_be_enabled()
    question = bench.locator("#bench-question")
    text, found = bench.locator("[data-text]"), bench.locator("[data-found]")

    # What was found is there before the model has written.
    scripted.model.hold_after = 1
    question.fill(QUESTION)
    question.press("Control+Enter")
    expect(found).to_contain_text(KNOWLEDGE)
    expect(text).to_have_text("Hello")
    bench.locator("[data-stop]").press("Enter")
    expect(bench.locator("[data-stop]")).to_be_hidden()
    expect(bench.locator("[data-ask]")).to_be_focused()
    scripted.model.gate.set()

    bench.locator("[data-ask]").press("Enter")
    expect(text).to_have_text(TEXT)
    expect(found.locator("#bench-prompt")).to_be_visible()
    expect(found.locator(".bench-scale")).to_be_visible()
    assert serious(bench) == []

    bench.locator(".bench-add button").click()
    expect(bench.locator("#id_questions")).to_have_value(QUESTION)
    assert serious(bench) == []


def test_from_a_question_in_vain_to_an_answer(
    scripted: ScriptedInstallation, bench: Page, page: Page
) -> None:
    page.goto(f"{scripted.url}/widget/demo/")
    Chat(page).ask(QUESTION)
    expect(page.locator(".message", has_text=TEXT)).to_be_visible()
    manage(scripted.environment, "shell", "--verbosity=0", "-c", UNHELPFUL)

    bench.goto(f"{scripted.url}/admin/workbench/answers/")
    assert serious(bench) == []
    bench.locator(".inbox-row", has_text=QUESTION).first.get_by_role("link").click()
    expect(bench.locator("#bench-passages")).to_be_visible()
    expect(bench.locator(".bench-passage").first).to_contain_text(KNOWLEDGE)
    assert serious(bench) == []

    bench.goto(f"{scripted.url}/admin/workbench/unanswered/")
    group = bench.locator(".bench-group", has_text=QUESTION)
    expect(group).to_have_count(1)
    assert serious(bench) == []
    group.locator(".inbox-primary").click()
    expect(bench.locator("#id_questions")).to_have_value(QUESTION)
    bench.locator("#id_text").fill("Two days.")
    bench.locator("button.inbox-primary").click()
    bench.wait_for_url("**/workbench/unanswered/**")
    expect(bench.locator(".bench-group", has_text=QUESTION)).to_have_count(0)
