"""Puts a version of a prompt to the site's test cases, by the way that visitors' questions go."""

import asyncio
import logging
import time
from contextlib import aclosing
from functools import partial

from celery import current_app
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from chatbot.conversations import answering, history
from chatbot.conversations.answering.retrieving import retriever_for
from chatbot.conversations.asking import question_to
from chatbot.conversations.gateways import new_gateway
from chatbot.prompts.models import PromptVersion, RegressionCase, RegressionResult, RegressionRun
from chatbot.prompts.models.cases import Problem, digest_of
from inference.gateway import ModelUnavailable, RequestRejected

logger = logging.getLogger(__name__)

TASK = "chatbot.conversations.tasks.run_regression"
State = RegressionRun.State


def ask_for_run(version: PromptVersion, by: User | None = None) -> RegressionRun:
    """Ask the worker to put `version` to the site's cases; return the run, or the one that is under way.

    Its message is in the language of whoever asks.
    """
    with transaction.atomic():
        under_way = RegressionRun.objects.of(version).running().first()
        if under_way is not None:
            return under_way
        total = RegressionCase.objects.of(version).count()
        run = RegressionRun.objects.create(
            site_id=version.site_id,
            version=version,
            asked_by=by,
            total=total,
            message=_("Waits for the worker."),
        )
        language = translation.get_language() or "en"
        transaction.on_commit(partial(_queue, run.pk, language), robust=True)
    return run


def cancel(run: RegressionRun) -> None:
    """End the run after the case that is at work, or at once while it waits for the worker."""
    waiting = RegressionRun.objects.filter(pk=run.pk, state=State.WAITING)
    if not waiting.update(state=State.CANCELLED, cancel_requested=True, message=_("Cancelled.")):
        RegressionRun.objects.running().filter(pk=run.pk).update(cancel_requested=True)


def carry_out(run_id: int) -> None:
    """Answer and judge the cases of a run, one after the other, and store each result at once.

    A run that its worker left unfinished begins anew; one that has ended stays as it is.
    """
    run = RegressionRun.objects.select_related("version__site", "site").filter(pk=run_id).first()
    if run is None or run.is_finished:
        return
    try:
        _go_through(run)
    except ModelUnavailable:
        run.finish(State.FAILED, _("The language model is away. Try again later."))
    except Exception:
        logger.exception("the test run %s failed", run)
        run.finish(State.FAILED, _("This did not work. The worker's log says why."))


def _queue(run_id: int, language: str) -> None:
    current_app.send_task(TASK, args=[run_id, language], retry=False)


def _go_through(run: RegressionRun) -> None:
    cases = list(RegressionCase.objects.of(run.version))
    run.results.all().delete()
    run.passed = run.failed = 0
    run.cases_digest = digest_of(cases)
    run.begin(len(cases))
    run.save(update_fields=["passed", "failed", "cases_digest"])
    for number, case in enumerate(cases):
        if run.step(number, _("Case %(number)d of %(all)d") % {"number": number + 1, "all": len(cases)}):
            run.finish(State.CANCELLED, _("Cancelled."))
            return
        question = question_to(
            run.site, case.question, run.version.text, case.language or run.version.language
        )
        result = asyncio.run(_answered(run, case, question))
        result.save()
        run.passed, run.failed = run.passed + result.passed, run.failed + (not result.passed)
        run.save(update_fields=["passed", "failed", "language_model"])
    run.step(len(cases))
    words = _("%(passed)d of %(all)d passed.") % {"passed": run.passed, "all": len(cases)}
    run.finish(State.DONE, words)


async def _answered(
    run: RegressionRun, case: RegressionCase, question: answering.Question
) -> RegressionResult:
    """Return the case's result, not yet stored; raises ModelUnavailable."""
    began = time.monotonic()
    account = answering.Account()
    result = RegressionResult(run=run, case=case, question=case.question)
    gateway = new_gateway()
    try:
        async with aclosing(
            answering.write(question, account, gateway, retriever_for(run.site_id))
        ) as pieces:
            async for piece in pieces:
                result.answer += piece
        result.problems = case.problems(result.answer, account.sources, refused=account.kind == "unknown")
    except history.QuestionTooLong:
        result.problems = [Problem(code="failed", words="question_too_long")]
    except RequestRejected as error:
        result.problems = [Problem(code="failed", words=str(error)[:200])]
    finally:
        await gateway.aclose()
    result.answer = result.answer.strip()
    result.kind, result.sources, result.passed = account.kind, account.sources, not result.problems
    result.total_ms = round((time.monotonic() - began) * 1000)
    run.language_model = account.last.model or run.language_model
    return result
