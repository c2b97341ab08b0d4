import pytest
from django.test import Client

from inference.models import LanguageModel, LanguageModelVersion

pytestmark = pytest.mark.django_db

LIST = "/admin/inference/languagemodelversion/"


@pytest.fixture
def versions() -> list[LanguageModelVersion]:
    model = LanguageModel.objects.create(
        name="tiny", parameters=134_515_008, context_length=8192, licence="Apache-2.0", languages=["en"]
    )
    made = [
        LanguageModelVersion.objects.register(
            model, path=f"tiny/{n}", sha256=f"{n}" * 64, size=10**8, dtype="float32", source="test"
        )
        for n in (1, 2)
    ]
    made[0].activate()
    return made


def active() -> list[int]:
    return list(LanguageModelVersion.objects.filter(state="active").values_list("number", flat=True))


def test_a_superuser_activates_another_version(client: Client, administrator, versions):
    client.force_login(administrator)

    address = f"{LIST}{versions[1].pk}/activate/"
    assert "Not activated." in client.post(address, follow=True).content.decode()
    assert active() == [1]
    response = client.post(address, {"reason": "The figures are known."}, follow=True)

    assert active() == [2]
    assert "tiny@2 is active" in response.content.decode()


def test_following_a_link_activates_nothing(client: Client, administrator, versions):
    client.force_login(administrator)

    assert client.get(f"{LIST}{versions[1].pk}/activate/").status_code == 405
    assert active() == [1]


def test_activation_needs_the_forms_token(administrator, versions):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)

    assert client.post(f"{LIST}{versions[1].pk}/activate/").status_code == 403
    assert active() == [1]


@pytest.mark.parametrize("role", ["owner", "viewer", "stranger"])
def test_people_of_sites_see_the_versions_but_choose_none(client: Client, request, versions, role):
    client.force_login(request.getfixturevalue(role))

    page = client.get(LIST).content.decode()

    assert "tiny@1" in page
    assert "activate/" not in page
    assert client.post(f"{LIST}{versions[1].pk}/activate/").status_code == 403
    assert active() == [1]


def test_the_page_of_a_version_shows_the_catalogs_facts(client: Client, administrator, versions):
    client.force_login(administrator)

    page = client.get(f"{LIST}{versions[1].pk}/change/").content.decode()

    for fact in ("tiny@2", "135 M", "8192", "Apache-2.0", "95.4", "2" * 64):
        assert fact in page


def test_an_unknown_version_is_not_there(client: Client, administrator):
    client.force_login(administrator)

    assert client.post(f"{LIST}999/activate/").status_code == 404


def test_no_version_is_deleted(client: Client, administrator, versions):
    client.force_login(administrator)

    assert client.post(f"{LIST}{versions[0].pk}/delete/", {"post": "yes"}).status_code == 403
    assert LanguageModelVersion.objects.count() == 2
