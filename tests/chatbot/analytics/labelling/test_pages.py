"""Whoever runs the installation uploads labels, trains with them and watches; nobody else learns of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chatbot.analytics.labelling import label_files
from chatbot.analytics.labelling.runs import carry_out
from chatbot.analytics.models import LabelledFile, LabelledText, TrainingRun
from tests.chatbot.analytics.labelling.test_training_runs import program

pytestmark = pytest.mark.django_db

FILES = "/admin/analytics/labelledfile/"
RUNS = "/admin/analytics/trainingrun/"


@pytest.fixture
def browser(administrator):
    browser = Client()
    browser.force_login(administrator)
    return browser


def upload(browser, content, name="labels.csv"):
    return browser.post(f"{FILES}add/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_file_is_uploaded_said_what_is_what_and_imported(browser):
    page = upload(browser, "评论,rating\n不错,pos\n很差,neg\n不错,pos\n<b>bold</b>,pos\n".encode())
    (address, _status), *_others = page.redirect_chain[::-1]
    shown = page.content.decode()
    assert "“pos” × 3" in shown and "“neg” × 1" in shown
    assert "“pos” is none of negative, neutral, positive" in shown
    assert "&lt;b&gt;bold" in shown and "<b>bold" not in shown

    said = {
        "text": "评论",
        "label": "rating",
        "words_of": "rating",
        "word_0": "positive",
        "word_1": "negative",
    }
    checked = browser.post(address, {**said, "check": ""}).content.decode()
    assert "3 texts can be imported" in checked and "Line 4 repeats line 2." in checked
    assert not LabelledText.objects.exists()
    imported = browser.post(address, {**said, "import": ""}, follow=True).content.decode()

    assert "3 texts were imported." in imported
    assert LabelledFile.objects.get().mapping["labels"] == {"pos": "positive", "neg": "negative"}
    listed = browser.get(FILES).content.decode()
    assert "zh: 1 Negative, 2 Positive" in listed


def test_another_column_of_labels_brings_its_own_words(browser):
    page = upload(browser, b"text,label,tone\nIt is good,a,positive\nIt is bad,b,negative\n")
    address = page.redirect_chain[-1][0]

    said = {"text": "text", "label": "tone", "words_of": "label", "word_0": "positive", "check": ""}
    shown = browser.post(address, said).content.decode()

    assert "2 texts can be imported" in shown


def test_importing_what_is_wrong_imports_nothing(browser):
    page = upload(browser, b"text,label\nGood,positive\nBad,nope\n")
    address = page.redirect_chain[-1][0]

    shown = browser.post(address, {"text": "text", "label": "label", "import": ""}).content.decode()

    assert "Nothing was imported." in shown and "Line 3: “nope” is none of" in shown
    assert not LabelledText.objects.exists()


def test_a_file_that_is_no_table_is_refused_on_the_form(browser):
    shown = upload(browser, b"text,label\nGood,positive,more\n").content.decode()

    assert "Line 2: There are 3 cells where the first line names 2 columns." in shown
    assert not LabelledFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(browser, settings):
    settings.KNOWLEDGE_FILE_MIB = 1

    shown = upload(browser, b"text,label\n" + b"Good,positive\n" * 90_000).content.decode()

    assert "too large" in shown and not LabelledFile.objects.exists()


def test_a_full_disk_is_said_to_be_full(browser, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(label_files, "keep_draft", full)

    assert (
        "No space left on device. Make room."
        in upload(browser, b"text,label\nGood,positive\n").content.decode()
    )


def test_a_draft_whose_file_is_gone_asks_for_it_again(browser, folders):
    address = upload(browser, b"text,label\nGood,positive\n").redirect_chain[-1][0]
    for path in (folders / "labelling" / "drafts").iterdir():
        path.unlink()

    assert "Upload it again." in browser.get(address, follow=True).content.decode()


def test_a_file_is_deleted_with_its_texts(browser, labels):
    browser.post(f"{FILES}{labels.pk}/delete/", {"post": "yes"})

    assert not LabelledFile.objects.exists() and not LabelledText.objects.exists()


def test_a_run_is_asked_for_watched_and_its_figures_shown(browser, head, labels, told):
    started = browser.post(f"{RUNS}add/", {"files": [labels.pk], "seed": "3"}, follow=True)
    run = TrainingRun.objects.get()
    address = f"{RUNS}{run.pk}/"
    assert started.redirect_chain[-1][0] == f"{address}change/"
    assert "Waits for the worker." in started.content.decode()
    assert f'hx-get="{address}progress/"' in started.content.decode()
    assert (run.seed, run.uses_corrections, list(run.files.all())) == (3, False, [labels])

    second = browser.post(f"{RUNS}add/", {"files": [labels.pk], "seed": "3"}).content.decode()
    assert "One head is trained at a time." in second
    carry_out(TrainingRun.objects.claim(run.public_id), program("better"))

    shown = browser.get(f"{address}progress/").content.decode()
    for words in (
        "On 300 held-back texts",
        "0.700",
        "0.900",
        "better",
        "What was taken for what",
        "May be used",
    ):
        assert words in shown, words
    assert "The gain of +0.200 is real" in shown
    assert "<polyline" in shown
    assert f'hx-get="{address}' not in browser.get(f"{address}change/").content.decode()


def test_a_run_is_cancelled_and_begun_again_from_its_page(browser, head, labels, told):
    browser.post(f"{RUNS}add/", {"files": [labels.pk], "seed": "1"})
    run = TrainingRun.objects.get()

    browser.post(f"{RUNS}{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == "cancelled"
    browser.post(f"{RUNS}{run.pk}/again/")

    assert TrainingRun.objects.filter(state="waiting").count() == 1
    refused = browser.post(f"{RUNS}{run.pk}/again/", follow=True)
    assert "One head is trained at a time." in refused.content.decode()


def test_a_run_needs_something_to_learn_from(browser, head, told):
    shown = browser.post(f"{RUNS}add/", {"seed": "1"}).content.decode()

    assert "Choose a file, or train with corrected messages." in shown
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer", "stranger"])
def test_nobody_else_sees_or_does_any_of_it(role, head, labels, told, request):
    run = TrainingRun.objects.create()
    draft = label_files.keep_draft("secret.csv", b"text,label\nGood,positive\n", by=None)
    browser = Client()
    browser.force_login(request.getfixturevalue(role))

    answers = {
        browser.get(FILES).status_code,
        upload(browser, b"text,label\nGood,positive\n").status_code,
        browser.get(f"{FILES}{labels.pk}/change/").status_code,
        browser.get(f"{FILES}{draft.pk}/read/").status_code,
        browser.post(
            f"{FILES}{draft.pk}/read/", {"import": "", "text": "text", "label": "label"}
        ).status_code,
        browser.post(f"{FILES}{labels.pk}/delete/", {"post": "yes"}).status_code,
        browser.get(RUNS).status_code,
        browser.post(f"{RUNS}add/", {"files": [labels.pk], "seed": "1"}).status_code,
        browser.get(f"{RUNS}{run.pk}/change/").status_code,
        browser.get(f"{RUNS}{run.pk}/progress/").status_code,
        browser.post(f"{RUNS}{run.pk}/cancel/").status_code,
        browser.post(f"{RUNS}{run.pk}/again/").status_code,
    }

    assert answers <= {403, 404}
    assert TrainingRun.objects.get().state == "waiting"
    assert LabelledFile.objects.count() == 2
    index = browser.get("/admin/").content.decode()
    assert "Training runs" not in index and "Labelled files" not in index
