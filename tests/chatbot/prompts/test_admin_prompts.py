import pytest
from django.test import Client

from chatbot.prompts.models import PromptVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def versions(site) -> list[PromptVersion]:
    return [PromptVersion.objects.write(site, text) for text in ("Be brief.", "Be kind.")]


def page_of(version: PromptVersion) -> str:
    return f"/admin/prompts/promptversion/{version.pk}/change/"


def test_saving_a_change_writes_the_next_version(client: Client, editor, site, versions):
    client.force_login(editor)

    response = client.post(page_of(versions[1]), {"text": "Be brief and kind."})

    current = PromptVersion.objects.current(site)
    assert (current.number, current.text, current.author) == (3, "Be brief and kind.", editor)
    assert response.headers["Location"] == page_of(current)
    versions[1].refresh_from_db()
    assert versions[1].text == "Be kind."


def test_saving_an_earlier_version_unchanged_goes_back_to_it(client: Client, editor, site, versions):
    client.force_login(editor)

    client.post(page_of(versions[0]), {"text": "Be brief."})

    assert PromptVersion.objects.current(site) == versions[0]
    versions[1].refresh_from_db()
    assert versions[1].state == PromptVersion.State.ROLLED_BACK
    assert PromptVersion.objects.count() == 2


def test_saving_without_a_change_writes_nothing(client: Client, editor, versions):
    client.force_login(editor)

    client.post(page_of(versions[1]), {"text": "Be kind."})

    assert PromptVersion.objects.count() == 2


def test_the_history_is_shown_with_the_current_version_marked(client: Client, editor, versions):
    client.force_login(editor)

    page = client.get(page_of(versions[0]))

    assert [version.number for version in page.context["history"]] == [2, 1]
    assert [version.is_live for version in page.context["history"]] == [True, False]
    assert "It was in use before" in page.content.decode()


def test_a_site_without_a_prompt_gets_its_first(client: Client, editor, site):
    client.force_login(editor)

    client.post("/admin/prompts/promptversion/add/", {"site": site.pk, "text": "Say hello."})

    assert PromptVersion.objects.get().text == "Say hello."


def test_no_prompt_is_written_for_another_site(client: Client, editor, other_site):
    client.force_login(editor)

    response = client.post("/admin/prompts/promptversion/add/", {"site": other_site.pk, "text": "Lie."})

    assert response.context["adminform"].form.errors.keys() == {"site"}
    assert not PromptVersion.objects.exists()


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_operators_and_viewers_see_no_prompt(client: Client, request, versions, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get("/admin/prompts/promptversion/").status_code == 403
    assert client.get(f"/admin/prompts/promptversion/{versions[0].pk}/compare/").status_code in (403, 404)
    assert client.post(f"/admin/prompts/promptversion/{versions[0].pk}/publish/").status_code in (403, 404)
    assert client.post("/admin/prompts/promptversion/preview/", {"text": "{site}"}).status_code == 403
    assert client.post(page_of(versions[1]), {"text": "Mine."}).status_code in (302, 403)
    assert PromptVersion.objects.count() == 2


def test_no_version_is_deleted(client: Client, administrator, versions):
    client.force_login(administrator)

    response = client.post(f"/admin/prompts/promptversion/{versions[0].pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert PromptVersion.objects.count() == 2
