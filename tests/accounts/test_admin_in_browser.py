"""The admin in a real Chromium: within its security policy, always up to date, usable without scripts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from accounts.models import Site, User
from chatbot.analytics import refreshing
from chatbot.analytics.labelling.label_files import keep_draft
from chatbot.analytics.models import LabelledFile, LabelledText, Rescoring, TrainingRun
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.knowledge.models import Document, IndexJob, Passage, Source
from chatbot.prompts.models import PromptVersion, RegressionCase, RegressionRun, Split
from chatbot.prompts.publishing import end_split, start_split
from inference.models import LanguageModel, LanguageModelVersion
from tests.chatbot.analytics.planted_topic import plant_topic
from tests.chatbot.planted_watching import plant_watching
from tests.training_program import result

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/admin/",
    "/admin/accounts/site/",
    "/admin/accounts/site/add/",
    "/admin/accounts/site/{site}/change/",
    "/admin/accounts/site/{site}/history/",
    "/admin/accounts/site/{site}/delete/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/user/{user}/change/",
    "/admin/accounts/user/{user}/password/",
    "/admin/prompts/promptversion/",
    "/admin/prompts/promptversion/add/",
    "/admin/prompts/promptversion/{prompt}/change/",
    "/admin/prompts/promptversion/{prompt}/compare/",
    "/admin/prompts/promptversion/{prompt}/compare/?view=unified",
    "/admin/prompts/regressioncase/",
    "/admin/prompts/regressioncase/add/",
    "/admin/prompts/regressionrun/",
    "/admin/prompts/regressionrun/{run}/change/",
    "/admin/prompts/split/",
    "/admin/prompts/split/add/",
    "/admin/prompts/split/{split}/change/",
    "/admin/playground/",
    "/admin/knowledge/source/",
    "/admin/knowledge/source/add/",
    "/admin/knowledge/source/add/?kind=file",
    "/admin/knowledge/source/add/?kind=crawl",
    "/admin/knowledge/source/{source}/change/",
    "/admin/knowledge/document/",
    "/admin/knowledge/document/?kind=answers",
    "/admin/knowledge/document/{document}/change/",
    "/admin/knowledge/indexjob/{job}/change/",
    "/admin/knowledge/knowledgesettings/",
    "/admin/knowledge/knowledgesettings/add/",
    "/admin/workbench/try/",
    "/admin/workbench/unanswered/",
    "/admin/workbench/answers/",
    "/admin/workbench/answers/{answer}/",
    "/admin/conversations/conversation/",
    "/admin/conversations/conversation/?q=lamp",
    "/admin/conversations/conversation/{conversation}/change/",
    "/admin/analytics/",
    "/admin/analytics/?period=7",
    "/admin/analytics/?period=last-month",
    "/admin/analytics/conversations/",
    "/admin/analytics/topics/",
    "/admin/analytics/topics/{topic}/",
    "/admin/analytics/documents/",
    "/admin/analytics/documents/{used}/",
    "/admin/inbox/",
    "/admin/inbox/?tab=all&q=lamp",
    "/admin/inbox/{talk}/",
    "/admin/operators/label/",
    "/admin/operators/label/add/",
    "/admin/operators/cannedreply/",
    "/admin/operators/cannedreply/add/",
    "/admin/inference/languagemodelversion/",
    "/admin/inference/languagemodelversion/{version}/change/",
    "/admin/analytics/labelledfile/",
    "/admin/analytics/labelledfile/add/",
    "/admin/analytics/labelledfile/{draft}/read/",
    "/admin/analytics/labelledfile/{labels}/change/",
    "/admin/analytics/labellingsettings/",
    "/admin/analytics/labellingsettings/add/",
    "/admin/analytics/trainingrun/",
    "/admin/analytics/trainingrun/add/",
    "/admin/analytics/trainingrun/{training}/change/",
    "/admin/analytics/sentimenthead/",
    "/admin/analytics/sentimenthead/{head}/change/",
    "/admin/accounts/auditentry/",
    "/admin/accounts/auditentry/1/change/",
    "/admin/analytics/alerts/",
    "/admin/analytics/alerts/{alert}/",
    "/admin/analytics/reports/",
    "/admin/analytics/reports/{report}/",
    "/admin/analytics/alertrule/",
    "/admin/analytics/alertrule/add/",
    "/admin/analytics/alertrule/{rule}/change/",
    "/admin/analytics/watchsettings/{watch}/change/",
    "/admin/analytics/reportsettings/{weekly}/change/",
    "/admin/password_change/",
    "/admin/accounts/",
    "/admin/nowhere/",
]


@pytest.fixture
def rows(site: Site, owner: User) -> dict[str, int | str]:
    first = PromptVersion.objects.write(site, "Speak of chairs.", owner)
    prompt = PromptVersion.objects.draft(site, "Speak of lamps.", owner)
    split = start_split(Split(site=site), {first: 50, prompt: 50}, by=owner)
    end_split(split, prompt, by=owner)
    case = RegressionCase.objects.create(site=site, question="A lamp?", must_contain="yes")
    run = RegressionRun.objects.create(site=site, version=prompt, state="done", total=1, failed=1)
    run.results.create(case=case, question="A lamp?", problems=[{"code": "lacks", "words": "yes"}])
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    question = Message.objects.create(conversation=conversation, author="visitor", text="A lamp?")
    reply = Message.objects.create(
        conversation=conversation, author="assistant", text="Yes.", answers=question
    )
    ReplyTrace.objects.create(message=reply, prompt_version=prompt, first_token_ms=120)
    source = Source.objects.create(site=site, kind=Source.Kind.TEXT, name="Care")
    document = Document.objects.create(site=site, source=source, title="Care", text="Dust it.", error="empty")
    Passage.objects.create(site=site, document=document, position=0, text="Dust it.")
    job = IndexJob.objects.create(site=site, source=source, state="failed", message="Nothing was read.")
    refreshing.recount(site)
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    )
    planted = {row._meta.model_name: row for row in plant_watching(site, lambda kind: kind.__name__)}
    return {
        **_labelling(),
        "alert": planted["alert"].public_id,
        "report": planted["report"].public_id,
        "rule": planted["alertrule"].pk,
        "watch": planted["watchsettings"].pk,
        "weekly": planted["reportsettings"].pk,
        "site": site.pk,
        "user": owner.pk,
        "prompt": prompt.pk,
        "run": run.pk,
        "split": split.pk,
        "conversation": conversation.pk,
        "talk": conversation.public_id,
        "version": version.pk,
        "source": source.pk,
        "document": document.pk,
        "used": document.public_id,
        "topic": plant_topic(site, reply, document).pk,
        "job": job.pk,
        "answer": reply.public_id,
    }


def _labelling() -> dict[str, int | str]:
    """A draft with words to explain, an imported file, and a run that gave a head with figures."""
    draft = keep_draft("draft.csv", b"text,label\nGood,pos\nBad,negative\n", by=None)
    labels = LabelledFile.objects.create(name="labels.csv", state="imported")
    LabelledText.objects.create(file=labels, line=2, text="Good", label="positive", language="en")
    model = LanguageModel.objects.create(name="sentiment", kind="sentiment", parameters=1, context_length=1)
    old, new = (
        LanguageModelVersion.objects.register(
            model, path=digit, sha256=digit * 64, size=1, dtype="float16", source="test"
        )
        for digit in "12"
    )
    old.activate()
    run = TrainingRun.objects.create(
        state="done",
        message="trained",
        parent=old,
        head=new,
        result=result(90, 70),
        losses=[[1, 1.0], [2, 0.5], [3, 0.4]],
        log=["epoch: 1"],
        data={"texts": 500, "held_back": 100, "counts": {"en": {"negative": 250, "positive": 250}}},
    )
    run.files.add(labels)
    Rescoring.objects.create(days=7, head_name="sentiment@1", state="running", done=5, total=9)
    return {"draft": draft.pk, "labels": labels.pk, "training": run.pk, "head": new.pk}


@contextmanager
def signed_in(address: str, user: User, **context) -> Iterator[Page]:
    """Open a page with the session of `user`; meanwhile the database is for other threads only."""
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        opened = browser.new_context(base_url=address, locale="en-GB", **context)
        opened.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        yield opened.new_page()
        browser.close()


def in_thread(change: Callable[[], object]) -> None:
    def run() -> None:
        try:
            change()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_no_page_breaks_the_security_policy(live_server, administrator, rows):
    complaints: list[str] = []
    with signed_in(live_server.url, administrator) as page:
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        visited = []
        for address in (path.format(**rows) for path in PAGES):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            visited.append(page.url)
            # This server has no sockets; the inbox and the workbench go on without one.
            has_socket = any(f"/{name}/" in address for name in ("inbox", "playground", "workbench"))
            expected = ["WebSocket connection to"] if has_socket else []
            expected += ["the server responded with a status of 404"] if "nowhere" in address else []
            complaints[:] = [text for text in complaints if not any(words in text for words in expected)]
            assert complaints == [], address
    assert not any("login" in address for address in visited)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(live_server, administrator, rows, scheme):
    found: dict[str, list[str]] = {}
    with signed_in(live_server.url, administrator, color_scheme=scheme) as page:
        for address in (path.format(**rows) for path in PAGES):
            page.goto(address)
            violations = Axe().run(page).response["violations"]
            found[address] = [v["id"] for v in violations if v["impact"] in ("serious", "critical")]

    assert {address: ids for address, ids in found.items() if ids} == {}


def test_menus_and_filters_open_by_keyboard(live_server, administrator, rows):
    with signed_in(live_server.url, administrator) as page:
        page.goto("/admin/conversations/conversation/")
        page.get_by_role("button", name="Filters", exact=True).press("Enter")
        expect(page.get_by_text("Not helpful")).to_be_visible()
        page.goto("/admin/")
        page.get_by_role("button", name="administrator").press("Enter")
        page.get_by_role("button", name="简体中文").press("Enter")
        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/admin/workshop/evaluation/add/", "passages"),
        ("/admin/knowledge/source/add/?kind=file", "uploaded"),
    ],
)
def test_a_chosen_file_changes_no_other_field(live_server, administrator, rows, tmp_path, address, field):
    (tmp_path / "lamps.md").write_text("Dust it.")
    with signed_in(live_server.url, administrator) as page:
        broken: list[object] = []
        page.on("pageerror", lambda error: broken.append(error))
        page.goto(address)
        texts = page.locator("input[type=text]")
        before = texts.evaluate_all("fields => fields.map((field) => field.value)")

        page.locator(f"[name={field}]").set_input_files(tmp_path / "lamps.md")

        assert texts.evaluate_all("fields => fields.map((field) => field.value)") == before
    assert broken == []


def test_the_front_page_keeps_itself_up_to_date(live_server, viewer, rows):
    with signed_in(live_server.url, viewer) as page:
        page.goto("/admin/")
        answers = page.locator(".parley-figure", has_text="Answers today").locator(".parley-number")
        expect(answers).to_have_text("1")

        in_thread(
            lambda: Message.objects.create(
                conversation_id=rows["conversation"], author="assistant", text="Another."
            )
        )

        expect(answers).to_have_text("2", timeout=15_000)


def test_the_admin_works_without_scripts(live_server, editor, rows):
    with signed_in(live_server.url, editor, java_script_enabled=False) as page:
        page.goto("/admin/")
        expect(page.get_by_text("Answers today")).to_be_visible()
        page.get_by_role("link", name="Prompts").click()
        page.get_by_role("link", name="Lumen Lamps").first.click()
        page.get_by_label("Prompt").fill("Speak of lamps, and briefly.")
        page.get_by_role("button", name="Save and publish").click()
        expect(page.get_by_text("a draft: nobody gets it yet")).to_be_visible()

    newest = PromptVersion.objects.get(site=rows["site"], number=3)
    assert newest.text.endswith("briefly.") and newest.author == editor


def test_a_version_is_activated_with_one_click_in_the_list(live_server, administrator, rows):
    with signed_in(live_server.url, administrator) as page:
        page.goto("/admin/inference/languagemodelversion/")
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_text("tiny@1 is active")).to_be_visible()

    assert LanguageModelVersion.objects.get(language_model__name="tiny").is_active
