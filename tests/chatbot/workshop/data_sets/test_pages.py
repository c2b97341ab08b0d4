"""Whoever runs the installation fills, cleans and versions data sets; nobody else learns of them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry
from chatbot.workshop.data_sets import asking, jobs
from chatbot.workshop.data_sets.versions import make_version
from chatbot.workshop.models import (
    CleaningStep,
    ConversationConsent,
    DataJob,
    DataSet,
    DataSetVersion,
    Example,
)
from tests.chatbot.workshop.data_sets.conftest import consent, dialogue, fill, many, talk

pytestmark = pytest.mark.django_db

SETS = "/admin/workshop/dataset/"
VERSIONS = "/admin/workshop/datasetversion/"


@pytest.fixture
def browser(administrator):
    browser = Client()
    browser.force_login(administrator)
    return browser


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """The worker is not told of anything: tests do its work themselves."""
    monkeypatch.setattr(asking, "tell_worker", lambda _task, _public_id: None)


def work():
    """Do what waits, as the worker does."""
    for job in DataJob.objects.filter(state="waiting"):
        jobs.carry_out(DataJob.objects.claim(job.public_id))


def page_of(browser, data_set):
    return browser.get(f"{SETS}{data_set.pk}/change/").content.decode()


def test_a_data_set_is_made_filled_cleaned_and_versioned(browser, administrator):
    made = browser.post(
        f"{SETS}add/", {"name": "Lamps", "kind": "dialogues", "purpose": "To learn"}, follow=True
    )
    data_set = DataSet.objects.get()
    address = f"{SETS}{data_set.pk}/"
    assert made.redirect_chain[-1][0] == f"{address}change/"
    assert "Nothing is in it yet." in made.content.decode()

    rows = "\n".join(f'"{one[0]["content"]}","{one[1]["content"]}"' for one in [*many(30), many(1)[0]])
    file = SimpleUploadedFile("lamps.csv", f"question,answer\n{rows}\n".encode())
    waiting = browser.post(f"{address}upload/", {"file": file, "licence": "our own"}, follow=True)
    assert f'hx-get="{address}progress/"' in waiting.content.decode()
    assert "Waits for the worker." in waiting.content.decode()
    work()
    shown = page_of(browser, data_set)
    assert "31 examples were imported." in shown and "our own" in shown
    assert AuditEntry.objects.get(kind="workshop.dialogues_imported").actor_id == administrator.pk

    steps = {f"{kind}-is_on": "on" for kind in ("exact", "length")}
    settings = {"near-percent": "80", "language-languages": "en", "boilerplate-per_mille": "50"}
    settings |= {"boilerplate-least": "20", "length-question_least": "2", "length-question_most": "2000"}
    settings |= {"length-answer_least": "2", "length-answer_most": "4000"}
    browser.post(f"{address}clean/", {**steps, **settings})
    work()
    shown = page_of(browser, data_set)
    assert "Cleaned. 30 examples are left." in shown and "Repeats another example: 1" in shown
    assert [step.kind for step in CleaningStep.objects.filter(is_on=True)] == ["exact", "length"]
    assert "Stays" in browser.get(f"{address}samples/exact/").content.decode()

    browser.post(f"{address}version/", {"seed": "3"})
    work()
    version = DataSetVersion.objects.get()
    assert (version.seed, version.total, version.created_by) == (3, 30, administrator)
    card = browser.get(f"{VERSIONS}{version.pk}/change/").content.decode()
    for words in ("To learn", "our own", "Exact duplicates", "May be used", version.sha256):
        assert words in card, words
    markdown = browser.get(f"{VERSIONS}{version.pk}/card/")
    assert markdown.headers["Content-Type"].startswith("text/markdown")
    assert markdown.content.decode() == version.card
    assert "## Known limits" in (version.folder / "card.md").read_text()
    taken = browser.get(f"{VERSIONS}{version.pk}/download/train/")
    assert b"".join(taken.streaming_content) == (version.folder / "train.jsonl").read_bytes()
    assert AuditEntry.objects.get(kind="workshop.version_downloaded").data["file"] == "train.jsonl"


def test_what_is_wrong_with_a_file_stands_on_the_page(browser, data_set):
    file = SimpleUploadedFile("lamps.csv", b"question,answer\nWhy?,\n")
    browser.post(f"{SETS}{data_set.pk}/upload/", {"file": file})
    work()

    shown = page_of(browser, data_set)

    assert "Nothing was imported." in shown and "Line 2: Message 2 is empty." in shown
    assert not Example.objects.exists()


def test_a_second_job_waits_for_the_first_to_end(browser, data_set):
    fill(data_set, *many(5))
    browser.post(f"{SETS}{data_set.pk}/version/", {"seed": "1"})

    refused = browser.post(f"{SETS}{data_set.pk}/version/", {"seed": "1"}, follow=True).content.decode()

    assert "Work on this data set goes on already." in refused
    browser.post(f"{SETS}{data_set.pk}/cancel/")
    assert DataJob.objects.get().state == "cancelled"


def test_examples_are_searched_and_filtered_and_shown_as_text(browser, data_set):
    fill(data_set, dialogue("<b>Warum</b> ist die Lampe kaputt?", "Weil."), language="de")
    fill(data_set, dialogue("灯坏了怎么办", "请寄回"), language="zh")
    removed = fill(data_set, dialogue("Gone?", "Yes."))[0]
    Example.objects.filter(pk=removed.pk).update(removed_by="length", why="answer_short")
    address = f"{SETS}{data_set.pk}/examples/"

    assert "&lt;b&gt;Warum" in browser.get(address, {"q": "die lampe"}).content.decode()
    chinese = browser.get(address, {"q": "坏了"}).content.decode()
    assert "请寄回" in chinese and "Warum" not in chinese
    assert "The answers are too short" in browser.get(address, {"state": "length"}).content.decode()
    assert "Gone?" not in browser.get(address, {"state": "left"}).content.decode()
    assert "请寄回" not in browser.get(address, {"language": "de"}).content.decode()
    assert "There is no such example." in browser.get(address, {"q": "nowhere", "page": "9"}).content.decode()


def test_a_source_is_removed_with_its_examples(browser, data_set):
    source = fill(data_set, *many(3))[0].source

    browser.post(f"{SETS}{data_set.pk}/drop/{source.pk}/")

    assert not Example.objects.exists()
    assert AuditEntry.objects.get(kind="workshop.source_removed").data["examples"] == 3


def test_two_versions_are_compared(browser, data_set):
    examples = fill(data_set, *many(20))
    first = make_version(data_set, seed=1, by=None)
    Example.objects.filter(pk=examples[0].pk).update(review="rejected")
    Example.objects.filter(pk=examples[1].pk).update(messages=dialogue("Changed words?", "Changed answer."))
    fill(data_set, dialogue("A wholly new question about sockets", "A new answer"))
    second = make_version(data_set, seed=1, by=None)

    shown = browser.get(f"{VERSIONS}{second.pk}/compare/").content.decode()

    assert "From version 1 to version 2" in shown
    for words in ("A wholly new question", "Changed answer.", many(1)[0][0]["content"]):
        assert words in shown, words
    assert (
        "From version 2 to version 1"
        in browser.get(f"{VERSIONS}{first.pk}/compare/", {"with": "2"}).content.decode()
    )


def test_a_changed_file_is_said_to_be_changed_and_not_handed_out(browser, data_set):
    fill(data_set, *many(20))
    version = make_version(data_set, seed=1, by=None)
    path = version.folder / "test.jsonl"
    path.chmod(0o600)
    path.write_text("{}\n")

    shown = browser.get(f"{VERSIONS}{version.pk}/download/test/", follow=True).content.decode()

    assert "were changed. Make a new version." in shown and "Not to be used" in shown


def test_an_erasure_shows_which_versions_hold_the_conversation(browser, data_set, site):
    consent(site)
    conversation = talk(site, ("visitor", "Mine broke"), ("operator", "Send it back to us"))
    fill(data_set, *many(10))
    browser.post(f"{SETS}{data_set.pk}/collect/", {"operators": "on", "sites": [site.pk]})
    DataJob.objects.update(state="cancelled")
    from chatbot.workshop.models import key_of

    fill(
        data_set,
        dialogue("Mine broke", "Back"),
        site=site,
        conversation=conversation,
        group=key_of(conversation.public_id),
    )
    version = make_version(data_set, seed=1, by=None)
    conversation.visitor.delete()

    shown = browser.get(f"{VERSIONS}{version.pk}/change/").content.decode()
    found = browser.get(
        f"{VERSIONS}{version.pk}/erased/", {"conversation": conversation.public_id}
    ).content.decode()

    assert "1 conversation in it was erased since." in shown
    assert "Lamps@1" in found and "erased" in found


def test_an_owner_gives_consent_and_takes_it_back_and_both_are_recorded(site, owner, other_site):
    browser = Client()
    browser.force_login(owner)
    page = "/admin/workshop/conversationconsent/"

    assert browser.post(f"{page}add/", {"site": other_site.pk, "allows_data_sets": "on"}).status_code == 200
    browser.post(f"{page}add/", {"site": site.pk, "allows_data_sets": "on"})
    given = ConversationConsent.objects.get()
    browser.post(f"{page}{given.pk}/change/", {})

    assert not ConversationConsent.objects.sites().exists()
    entries = AuditEntry.objects.filter(kind="workshop.consent_changed").order_by("number")
    assert [entry.data["allowed"] for entry in entries] == ["yes", "no"]


@pytest.mark.parametrize("role", ["editor", "operator", "viewer", "stranger"])
def test_nobody_else_gives_consent(role, site, request):
    given = consent(site, allows=False)
    browser = Client()
    browser.force_login(request.getfixturevalue(role))

    browser.post(f"/admin/workshop/conversationconsent/{given.pk}/change/", {"allows_data_sets": "on"})

    assert not ConversationConsent.objects.sites().exists()


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer", "stranger"])
def test_nobody_else_sees_or_does_any_of_it(role, data_set, request):
    source = fill(data_set, *many(10))[0].source
    version = make_version(data_set, seed=1, by=None)
    browser = Client()
    browser.force_login(request.getfixturevalue(role))
    address = f"{SETS}{data_set.pk}/"

    gets = [
        SETS,
        f"{address}change/",
        f"{address}examples/",
        f"{address}progress/",
        f"{address}samples/exact/",
    ]
    gets += [
        f"{VERSIONS}{version.pk}/{name}/"
        for name in ("change", "card", "compare", "download/train", "erased")
    ]
    posts = [
        f"{SETS}add/",
        *(f"{address}{act}/" for act in ("upload", "collect", "clean", "augment", "version")),
    ]
    posts += [f"{address}cancel/", f"{address}drop/{source.pk}/", f"{address}delete/"]

    assert {browser.get(one).status_code for one in gets} <= {403, 404}
    data = {"seed": "1", "post": "yes", "method": "edits", "examples": "1"}
    assert {browser.post(one, data).status_code for one in posts} <= {403, 404}
    assert not DataJob.objects.exists() and Example.objects.count() == 10
