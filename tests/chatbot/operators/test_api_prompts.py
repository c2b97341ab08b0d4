"""Prompts through the API: drafts, languages, and the test cases that stand before visitors."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Site, User
from chatbot.prompts.models import PromptVersion, RegressionCase

pytestmark = pytest.mark.django_db


def post(crm: Client, path: str = "", **body: Any) -> Any:
    return crm.post(f"/api/v1/prompts{path}", body, content_type="application/json")


def acts() -> list[str]:
    acts = AuditEntry.objects.filter(kind__contains="prompt").order_by("number")
    return list(acts.values_list("kind", flat=True))


def test_a_draft_is_nobodys_until_it_is_published(crm: Client, site: Site) -> None:
    post(crm, text="Be brief.")
    draft = post(crm, text="Be kind.", state="draft", message="kinder").json()

    assert (draft["number"], draft["state"], draft["message"]) == (2, "draft", "kinder")
    assert PromptVersion.objects.current(site).text == "Be brief."
    assert post(crm, "/2/publish").json()["state"] == "published"
    assert PromptVersion.objects.current(site).text == "Be kind."
    assert crm.get("/api/v1/prompts/1").json()["state"] == "replaced"
    assert acts() == ["api.prompt_published", "api.prompt_published"]


def test_a_language_has_a_prompt_of_its_own(crm: Client, site: Site) -> None:
    post(crm, text="Be brief.")
    post(crm, text="请简短。", language="zh")

    assert PromptVersion.objects.current(site, "zh-Hans").text == "请简短。"
    assert PromptVersion.objects.current(site, "de").text == "Be brief."
    listed = crm.get("/api/v1/prompts", {"language": "zh"}).json()["items"]
    assert [item["text"] for item in listed] == ["请简短。"]


@pytest.mark.parametrize(
    "body", [{"text": "Dear {customer}"}, {"text": "a { b"}, {"text": "x", "language": "qq"}]
)
def test_what_cannot_be_a_prompt_is_refused(crm: Client, site: Site, body: dict[str, str]) -> None:
    answer = post(crm, **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_prompt")
    assert not PromptVersion.objects.exists()


def test_test_cases_stand_before_visitors_unless_overridden(crm: Client, site: Site, owner: User) -> None:
    RegressionCase.objects.create(site=site, question="Do you ship?", must_contain="yes")

    refused = post(crm, text="Be brief.")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_proven")
    assert not PromptVersion.objects.exists()
    assert post(crm, text="Be brief.", override=True).status_code == 200
    assert acts() == ["api.prompt_published", "prompt.overridden"]
    assert "had not been run" in AuditEntry.objects.get(kind="prompt.overridden").describe()


def test_a_version_of_another_site_does_not_exist(crm: Client, other_site: Site) -> None:
    PromptVersion.objects.write(other_site, "Not yours.")

    assert post(crm, "/1/publish").status_code == 404
