"""A version that fails the site's test cases, or was not put to them, needs an override to be published."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import AuditEntry
from chatbot.prompts.gate import NotProven, verdict_on
from chatbot.prompts.models import PromptVersion, RegressionCase, RegressionResult, RegressionRun
from chatbot.prompts.models.cases import digest_of
from chatbot.prompts.publishing import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(site) -> PromptVersion:
    return PromptVersion.objects.draft(site, "Be kind.")


@pytest.fixture
def case(site) -> RegressionCase:
    return RegressionCase.objects.create(site=site, question="Do you ship?", must_contain="yes")


def ran(version: PromptVersion, *, passed: bool) -> RegressionRun:
    """Store a run on the cases as they are, with this outcome for each."""
    cases = list(RegressionCase.objects.of(version))
    run = RegressionRun.objects.create(
        site=version.site, version=version, state="done", cases_digest=digest_of(cases)
    )
    for case in cases:
        RegressionResult.objects.create(run=run, case=case, question=case.question, passed=passed)
    return run


def test_without_cases_publishing_is_free(draft):
    assert publish(draft)


def test_a_version_that_was_not_run_is_not_published(site, draft, case):
    with pytest.raises(NotProven):
        publish(draft)

    draft.refresh_from_db()
    assert draft.state == PromptVersion.State.DRAFT


def test_a_version_that_failed_is_not_published_and_one_that_passed_is(draft, case):
    ran(draft, passed=False)
    assert verdict_on(draft).failed == ("Do you ship?",)
    with pytest.raises(NotProven):
        publish(draft)

    ran(draft, passed=True)
    assert publish(draft)


def test_a_run_says_nothing_of_cases_that_changed_since(site, draft, case):
    ran(draft, passed=True)
    case.must_contain = "certainly"
    case.save()

    assert not verdict_on(draft).is_free
    case.delete()
    assert verdict_on(draft).is_free


def test_an_unfinished_run_proves_nothing(draft, case):
    for state in ("waiting", "running", "failed", "cancelled"):
        run = ran(draft, passed=True)
        RegressionRun.objects.filter(pk=run.pk).update(state=state)

    assert not verdict_on(draft).is_free


def test_an_override_is_on_the_record_with_what_failed(draft, case, editor):
    ran(draft, passed=False)

    publish(draft, by=editor, override=True)

    entry = AuditEntry.objects.get(kind="prompt.overridden")
    assert entry.data["cases"] == ["Do you ship?"]
    assert entry.describe() == (
        "editor published version 1 of Lumen Lamps although test cases failed: Do you ship?"
    )


def test_an_override_that_was_not_needed_is_no_act(draft, case, editor):
    ran(draft, passed=True)

    publish(draft, by=editor, override=True)

    assert list(AuditEntry.objects.values_list("kind", flat=True)) == ["prompt.published"]


def test_a_prompt_of_a_language_answers_for_its_own_cases(site, case):
    chinese = RegressionCase.objects.create(site=site, question="发货吗？", must_contain="是", language="zh")
    default = PromptVersion.objects.draft(site, "Default.")
    own = PromptVersion.objects.draft(site, "中文。", language="zh")

    assert list(RegressionCase.objects.of(own)) == [case, chinese]
    assert list(RegressionCase.objects.of(default)) == [case, chinese]
    publish(own, override=True)
    assert list(RegressionCase.objects.of(default)) == [case]


def test_the_page_refuses_and_the_tick_overrides(client: Client, editor, site, draft, case):
    client.force_login(editor)
    path = f"/admin/prompts/promptversion/{draft.pk}/publish/"

    refused = client.post(path, follow=True).content.decode()
    assert "Not published." in refused and "my name and what failed go on the record" in refused
    assert not PromptVersion.objects.live(site).exists()

    client.post(path, {"override": "on"})
    assert PromptVersion.objects.live(site).get() == draft
    assert AuditEntry.objects.filter(kind="prompt.overridden", actor_name="editor").exists()


def test_saving_keeps_what_may_not_be_published_as_a_draft(client: Client, editor, site, case):
    live = PromptVersion.objects.write(site, "Be brief.", override=True)
    client.force_login(editor)

    page = client.post(
        f"/admin/prompts/promptversion/{live.pk}/change/", {"text": "Be new."}, follow=True
    ).content.decode()

    assert "a draft: nobody gets it yet" in page
    assert PromptVersion.objects.get(text="Be new.").state == PromptVersion.State.DRAFT
    assert PromptVersion.objects.current(site) == live


@pytest.mark.parametrize(
    ("demands", "answer", "codes"),
    [
        ({"must_contain": "Two days\nEurope"}, "In TWO DAYS, all over europe.", []),
        ({"must_contain": "two days\nAsia"}, "In two days.", ["lacks"]),
        ({"must_contain": "ﬁve"}, "Within five  days", []),
        ({"must_not_contain": "sorry"}, "Sorry!", ["contains"]),
        ({"must_not_contain": "sorry"}, "Gladly.", []),
        ({"must_cite": "Shipping"}, "x", []),
        ({"must_cite": "/delivery"}, "x", []),
        ({"must_cite": "*"}, "x", []),
        ({"must_cite": "Returns"}, "x", ["uncited"]),
        ({"must_refuse": True}, "It costs 5.", ["answered"]),
    ],
)
def test_what_an_answer_lacks(demands, answer, codes):
    case = RegressionCase(question="?", **demands)
    sources = [{"number": 1, "title": "Shipping times", "url": "https://lumen.example/delivery"}]

    assert [problem["code"] for problem in case.problems(answer, sources, refused=False)] == codes


def test_who_says_not_to_know_has_refused_whatever_the_words():
    assert RegressionCase(question="?", must_refuse=True).problems("Hm.", [], refused=True) == []


@pytest.mark.parametrize(
    "demands", [{}, {"must_contain": " \n "}, {"must_refuse": True, "must_cite": "*"}, {"language": "qq"}]
)
def test_a_case_that_tests_nothing_is_refused(site, demands):
    with pytest.raises(ValidationError):
        RegressionCase(site=site, question="?", **demands).full_clean()


def test_cases_are_written_in_the_admin_for_the_own_site(client: Client, editor, site, other_site):
    client.force_login(editor)
    form = {"question": "Do you ship?", "must_contain": "yes", "language": ""}

    client.post("/admin/prompts/regressioncase/add/", {**form, "site": site.pk})
    client.post("/admin/prompts/regressioncase/add/", {**form, "site": other_site.pk})

    assert RegressionCase.objects.get().author == editor
    assert RegressionCase.objects.get().site == site
