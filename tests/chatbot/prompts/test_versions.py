import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import AuditEntry
from chatbot.prompts.models import DEFAULT_PROMPT, PromptVersion
from chatbot.prompts.publishing import publish

pytestmark = pytest.mark.django_db

State = PromptVersion.State
CHANGE = "/admin/prompts/promptversion/{}/change/"


def states(site) -> dict[int, str]:
    return dict(PromptVersion.objects.filter(site=site).values_list("number", "state"))


def sentences() -> list[str]:
    return [entry.describe() for entry in AuditEntry.objects.order_by("number")]


def test_a_draft_is_nobodys(site, editor):
    PromptVersion.objects.write(site, "Be brief.", editor)

    draft = PromptVersion.objects.draft(site, "Be kind.", editor, message="kinder")

    assert PromptVersion.objects.current(site).text == "Be brief."
    assert (draft.state, draft.message, draft.published_at) == (State.DRAFT, "kinder", None)
    assert sentences() == ["editor published version 1 of the prompt of Lumen Lamps"]


def test_going_back_is_an_act_of_its_own(site, editor):
    first = PromptVersion.objects.write(site, "Be brief.", editor)
    PromptVersion.objects.write(site, "Be kind.", editor)
    assert states(site) == {1: State.REPLACED, 2: State.PUBLISHED}
    first.refresh_from_db()

    assert publish(first, by=editor)

    assert states(site) == {1: State.PUBLISHED, 2: State.ROLLED_BACK}
    assert sentences()[-1] == "editor went back to version 1 of the prompt of Lumen Lamps"
    assert not publish(first, by=editor)
    assert len(sentences()) == 3


def test_what_a_version_says_never_changes(site):
    version = PromptVersion.objects.write(site, "Be brief.")
    version.text = "Be long."

    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.save(update_fields=["text"])


def test_the_visitors_language_decides_and_the_default_is_for_the_rest(site, other_site):
    PromptVersion.objects.write(site, "Default.")
    PromptVersion.objects.write(site, "中文。", language="zh")
    PromptVersion.objects.draft(site, "Deutsch.", language="de")
    PromptVersion.objects.write(other_site, "Français.", language="fr")

    def text_for(language: str) -> str:
        return PromptVersion.objects.current(site, language).text

    for chinese in ("zh", "zh-Hans", "zh-hant", "ZH-CN", "zh_TW"):
        assert text_for(chinese) == "中文。"
    for other in ("", "en", "de", "fr", "zzz", "not a tag", "zh'--"):
        assert text_for(other) == "Default."


def test_a_site_with_a_prompt_for_one_language_only_still_answers_the_others(site):
    PromptVersion.objects.write(site, "中文。", language="zh")

    assert PromptVersion.objects.current(site, "en").text == DEFAULT_PROMPT
    assert states(site) == {1: State.PUBLISHED, 2: State.PUBLISHED}


@pytest.mark.parametrize("language", ["qq", "english", "zh-hans"])
def test_a_language_that_nobody_has_is_refused(site, language):
    with pytest.raises(ValidationError):
        PromptVersion.objects.draft(site, "Hello.", language=language)


def test_saving_as_a_draft_publishes_nothing(client: Client, editor, site):
    version = PromptVersion.objects.write(site, "Be brief.")
    client.force_login(editor)

    page = client.post(
        CHANGE.format(version.pk), {"text": "Be kind.", "message": "kinder", "_draft": "1"}, follow=True
    )

    draft = PromptVersion.objects.get(number=2)
    assert (draft.text, draft.message, draft.author, draft.state) == (
        "Be kind.",
        "kinder",
        editor,
        State.DRAFT,
    )
    assert PromptVersion.objects.current(site) == version
    assert page.redirect_chain[-1][0] == CHANGE.format(draft.pk)
    assert "a draft: nobody gets it yet" in page.content.decode()


def test_a_draft_is_published_from_its_page(client: Client, editor, site):
    PromptVersion.objects.write(site, "Be brief.")
    draft = PromptVersion.objects.draft(site, "Be kind.", editor)
    client.force_login(editor)

    client.post(f"/admin/prompts/promptversion/{draft.pk}/publish/")

    assert PromptVersion.objects.current(site) == draft
    assert sentences() == ["editor published version 2 of the prompt of Lumen Lamps"]


def test_the_line_breaks_of_browsers_are_no_change(client: Client, editor, site):
    version = PromptVersion.objects.write(site, "One.\nTwo.\n")
    client.force_login(editor)

    client.post(CHANGE.format(version.pk), {"text": "One.\r\nTwo.", "_draft": "1"})
    client.post(CHANGE.format(version.pk), {"text": "One.\r\nThree.", "_draft": "1"})

    assert list(PromptVersion.objects.values_list("text", flat=True)) == ["One.\nThree.", "One.\nTwo.\n"]


@pytest.mark.parametrize("role", ["operator", "viewer", "stranger"])
@pytest.mark.parametrize("address", ["publish", "compare", "change"])
def test_others_reach_no_version(client: Client, request, site, role, address):
    PromptVersion.objects.write(site, "Be brief.")
    draft = PromptVersion.objects.draft(site, "Secret plans.")
    client.force_login(request.getfixturevalue(role))
    path = f"/admin/prompts/promptversion/{draft.pk}/{address}/"

    for page in (client.get(path), client.post(path, {"text": "Mine."})):
        assert page.status_code in (302, 403, 404, 405)
        assert "Secret plans" not in page.content.decode()
    assert states(site) == {1: State.PUBLISHED, 2: State.DRAFT}
