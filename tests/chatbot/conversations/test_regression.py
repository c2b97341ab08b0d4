"""A version is put to the test cases by the way that visitors' questions go."""

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import LazySettings
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from chatbot.conversations import regression
from chatbot.prompts.gate import verdict_on
from chatbot.prompts.models import PromptVersion, RegressionCase, RegressionRun
from tests.scripted_model import ScriptedModel, scripted_model

ANSWERS = {"Do you ship?": ["Yes", ", gladly."], "Do you swear?": ["Never."], "Où?": ["Ici."]}
State = RegressionRun.State


@pytest.fixture
def draft(site) -> PromptVersion:
    RegressionCase.objects.create(site=site, question="Do you ship?", must_contain="yes")
    RegressionCase.objects.create(site=site, question="Do you swear?", must_not_contain="never")
    RegressionCase.objects.create(site=site, question="Où?", must_contain="ici", language="fr")
    return PromptVersion.objects.draft(site, "Speak {language} for {site}.")


def answer(question: str) -> list[str]:
    return ANSWERS[question]


def carried_out(run: RegressionRun, settings: LazySettings, **script) -> ScriptedModel:
    """Do what the worker does, in a thread of its own, beside a model server."""

    async def work() -> ScriptedModel:
        async with scripted_model(**script) as model:
            settings.INFERENCE_URLS = [model.url]
            await sync_to_async(regression.carry_out, thread_sensitive=True)(run.pk)
            return model

    model = async_to_sync(work)()
    run.refresh_from_db()
    return model


@pytest.mark.django_db
def test_each_case_is_asked_and_judged(site, draft, editor, settings):
    run = regression.ask_for_run(draft, editor)

    model = carried_out(run, settings, answer=answer)

    assert (run.state, run.passed, run.failed, run.done, run.total) == (State.DONE, 2, 1, 3, 3)
    assert (run.language_model, run.message) == ("scripted", "2 of 3 passed.")
    first, second, third = run.results.all()
    assert (first.answer, first.passed, first.problems) == ("Yes, gladly.", True, [])
    assert second.problem_texts == ["“never” must not be there."]
    assert third.passed
    prompts = [request["messages"][0]["content"] for request in model.requests]
    assert prompts[0] == "Speak the language of the question for Lumen Lamps."
    assert prompts[2] == "Speak French for Lumen Lamps."
    assert verdict_on(draft).failed == ("Do you swear?",)


@pytest.mark.django_db
def test_the_worker_is_asked_once_after_the_commit(
    draft, editor, monkeypatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
):
    sent = []
    monkeypatch.setattr(
        regression.current_app, "send_task", lambda name, **options: sent.append((name, options))
    )

    with django_capture_on_commit_callbacks(execute=True):
        run = regression.ask_for_run(draft, editor)
        assert regression.ask_for_run(draft, editor) == run
        assert sent == []

    assert [(name, options["args"][0]) for name, options in sent] == [(regression.TASK, run.pk)]


@pytest.mark.django_db
def test_a_run_that_is_cancelled_asks_no_further_case(draft, settings):
    run = regression.ask_for_run(draft)
    RegressionRun.objects.filter(pk=run.pk).update(state=State.RUNNING)
    regression.cancel(run)

    model = carried_out(run, settings, answer=answer)

    assert (run.state, model.requests, run.results.count()) == (State.CANCELLED, [], 0)
    assert not verdict_on(draft).is_free


@pytest.mark.django_db
def test_a_run_that_waits_is_cancelled_at_once_and_never_begins(draft, settings):
    run = regression.ask_for_run(draft)
    regression.cancel(run)

    model = carried_out(run, settings, answer=answer)

    assert (run.state, model.requests) == (State.CANCELLED, [])


@pytest.mark.django_db
def test_a_run_left_unfinished_begins_anew(draft, settings):
    run = regression.ask_for_run(draft)
    run.begin(3)
    run.results.create(question="Do you ship?", answer="half")

    carried_out(run, settings, answer=answer)

    assert (run.state, run.results.count()) == (State.DONE, 3)


@pytest.mark.django_db
def test_without_a_model_the_run_fails_and_says_so(draft, settings):
    settings.REPLY_PATIENCE_SECONDS = 0
    run = regression.ask_for_run(draft)

    carried_out(run, settings, status=503)

    assert run.state == State.FAILED
    assert "The language model is away" in run.message


@pytest.mark.django_db
def test_a_question_that_the_model_refuses_fails_its_case_only(draft, settings):
    run = regression.ask_for_run(draft)

    carried_out(run, settings, status=400)

    assert (run.state, run.failed) == (State.DONE, 3)
    assert run.results.first().problem_texts == ["No answer came: 400 scripted"]


@pytest.mark.django_db
def test_the_page_shows_two_versions_side_by_side(client: Client, editor, site, draft, settings):
    other = PromptVersion.objects.draft(site, "Other.")
    client.force_login(editor)
    for version in (draft, other):
        client.post(f"/admin/prompts/regressionrun/start/{version.pk}/")
    first, second = (RegressionRun.objects.get(version=version) for version in (draft, other))
    assert (first.asked_by, first.state) == (editor, State.WAITING)
    carried_out(first, settings, answer=answer)
    carried_out(second, settings, pieces=["Certainly <b>not</b>."])

    for path in ("change", "progress"):
        address = f"/admin/prompts/regressionrun/{first.pk}/{path}/"
        page = client.get(address, {"with": second.pk}).content.decode()
        assert "Yes, gladly." in page and "Certainly &lt;b&gt;not&lt;/b&gt;." in page
        assert "“yes” is missing." in page
        assert "Certainly" not in client.get(address).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["operator", "viewer", "stranger"])
def test_others_start_cancel_and_see_no_run(client: Client, request, draft, role):
    run = regression.ask_for_run(draft)
    client.force_login(request.getfixturevalue(role))

    client.post(f"/admin/prompts/regressionrun/start/{draft.pk}/")
    for path in ("change", "progress"):
        assert client.get(f"/admin/prompts/regressionrun/{run.pk}/{path}/").status_code in (302, 403, 404)
    client.post(f"/admin/prompts/regressionrun/{run.pk}/cancel/")

    run.refresh_from_db()
    assert (run.state, RegressionRun.objects.count()) == (State.WAITING, 1)
