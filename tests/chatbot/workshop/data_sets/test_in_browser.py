"""The pages of data sets in a real Chromium: accessible, within the security policy, labelled by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from chatbot.workshop.data_sets.cleaning.running import clean
from chatbot.workshop.data_sets.labelling import judging
from chatbot.workshop.data_sets.labelling.judging import Word
from chatbot.workshop.data_sets.versions import make_version
from chatbot.workshop.models import DataSet, Example, Judgement
from tests.accounts.test_admin_in_browser import in_thread, signed_in
from tests.chatbot.workshop.data_sets.conftest import consent, dialogue, fill, many

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/admin/workshop/dataset/",
    "/admin/workshop/dataset/add/",
    "/admin/workshop/dataset/{data_set}/change/",
    "/admin/workshop/dataset/{data_set}/examples/?q=lamp",
    "/admin/workshop/dataset/{data_set}/samples/personal/",
    "/admin/workshop/dataset/{data_set}/samples/exact/",
    "/admin/workshop/datasetversion/",
    "/admin/workshop/datasetversion/{version}/change/",
    "/admin/workshop/datasetversion/{version}/compare/",
    "/admin/workshop/datasetversion/{version}/erased/?conversation=1",
    "/admin/workshop/labelling/",
    "/admin/workshop/labelling/{public}/",
    "/admin/workshop/labelling/{public}/disputes/",
    "/admin/workshop/conversationconsent/",
]


@pytest.fixture
def rows(data_set, administrator, owner, site):
    """A cleaned data set with versions, a dispute, and a site's consent."""
    consent(site)
    examples = fill(data_set, *many(12), many(1)[0], dialogue("Mail jo@mail.example", "We do"))
    clean(data_set, lambda *_told, **_more: None)
    for example in examples[:2]:
        Example.objects.filter(pk=example.pk).update(rank=0)
        example.refresh_from_db()
        judging.judge(example, Word(Judgement.Verdict.ACCEPT), by=administrator)
        judging.judge(example, Word(Judgement.Verdict.REJECT), by=owner)
    make_version(data_set, seed=1, by=administrator)
    version = make_version(data_set, seed=2, by=administrator)
    return {"data_set": data_set.pk, "public": data_set.public_id, "version": version.pk}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_within_the_security_policy(live_server, administrator, rows, scheme):
    found, complaints = {}, []
    with signed_in(live_server.url, administrator, color_scheme=scheme) as page:
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for address in (path.format(**rows) for path in PAGES):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            violations = Axe().run(page).response["violations"]
            serious = [one for one in violations if one["impact"] in ("serious", "critical")]
            found[address] = [(one["id"], one["nodes"][0]["html"][:200]) for one in serious]
            assert complaints == [], address

    assert {address: ids for address, ids in found.items() if ids} == {}


def test_examples_are_labelled_with_the_keyboard_alone(live_server, administrator, data_set):
    DataSet.objects.update(double_share=0)
    fill(data_set, *many(3))
    with signed_in(live_server.url, administrator) as page:
        page.goto(f"/admin/workshop/labelling/{data_set.public_id}/")
        expect(page.get_by_text("3 wait for you, 0 you have judged.")).to_be_visible()
        page.keyboard.press("1")
        page.keyboard.press("a")
        expect(page.get_by_text("2 wait for you, 1 you have judged.")).to_be_visible()
        page.keyboard.press("r")
        expect(page.get_by_text("1 wait for you, 2 you have judged.")).to_be_visible()
        text = page.locator(".label-text").nth(1)
        text.fill("are written here, and no key acts")
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Accept as edited").press("e")
        expect(page.get_by_text("Nothing waits for you here")).to_be_visible()

        def check() -> None:
            reviews = sorted(Example.objects.values_list("review", "sentiment"))
            assert reviews == [("accepted", "negative"), ("edited", ""), ("rejected", "")]
            edited = Example.objects.get(review="edited")
            assert edited.messages[1]["content"] == "are written here, and no key acts"

        in_thread(check)


def test_labelling_works_without_scripts(live_server, administrator, data_set):
    DataSet.objects.update(double_share=0)
    fill(data_set, *many(1))
    with signed_in(live_server.url, administrator, java_script_enabled=False) as page:
        page.goto(f"/admin/workshop/labelling/{data_set.public_id}/")
        page.get_by_role("button", name="Reject").click()
        expect(page.get_by_text("Nothing waits for you here")).to_be_visible()

    assert Example.objects.get().review == "rejected"
