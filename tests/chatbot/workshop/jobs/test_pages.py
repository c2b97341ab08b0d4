"""Whoever runs the installation asks for jobs and watches them; nobody else learns that there are any."""

import re

import pytest
from django.test import Client

from chatbot.workshop.jobs import estimating
from chatbot.workshop.models import WorkshopJob
from inference.training.finetune.options import OPTIONS
from tests.chatbot.workshop.jobs.conftest import worked

pytestmark = pytest.mark.django_db

JOBS = "/admin/workshop/workshopjob/"


@pytest.fixture
def browser(administrator):
    browser = Client()
    browser.force_login(administrator)
    return browser


@pytest.fixture
def form(base, data, told):
    return {
        "base": base.pk,
        "data_set": data.pk,
        "seed": "3",
        **{f"option_{option.name}": str(option.default) for option in OPTIONS},
    }


def test_it_asks_what_is_wanted_and_then_for_what_that_needs(browser, base, data):
    wishes = browser.get(f"{JOBS}add/").content.decode()
    assert "Better answers in our own words" in wishes and 'href="?kind=prune"' in wishes

    page = browser.get(f"{JOBS}add/?kind=finetune").content.decode()

    assert re.search(rf'<option value="{base.pk}" selected>\s*tiny@1', page)
    assert re.search(rf'<option value="{data.pk}" selected>\s*service@1', page)
    assert "about 1.2 GB" in page and "nobody knows before the first job of this kind" in page


def test_a_job_is_asked_for_watched_and_its_figures_shown(browser, form, base, data):
    started = browser.post(f"{JOBS}add/?kind=finetune", form, follow=True)
    job = WorkshopJob.objects.get()
    address = f"{JOBS}{job.pk}/"
    assert started.redirect_chain[-1][0] == f"{address}change/"
    assert "Waits for the worker." in started.content.decode()
    assert f'hx-get="{address}progress/"' in started.content.decode()
    assert (job.kind, job.seed, job.base, job.data) == ("finetune", 3, base, data)
    assert job.settings["epochs"] == next(o.default for o in OPTIONS if o.name == "epochs")

    worked("good")

    shown = browser.get(f"{address}progress/").content.decode()
    for words in ("perplexity fell by", "Perplexity on unseen dialogues", "better", "<polyline", "tiny@2"):
        assert words in shown, words
    assert "State: Candidate" in shown and data.sha256 in shown
    assert f'hx-get="{address}' not in browser.get(f"{address}change/").content.decode()


def test_the_form_says_what_is_wrong_and_asks_for_nothing(browser, form):
    shown = browser.post(f"{JOBS}add/?kind=finetune", form | {"option_epochs": "-3"}).content.decode()

    assert "Correct what is marked below." in shown
    assert not WorkshopJob.objects.exists()


def test_reckoning_asks_for_nothing(browser, form):
    browser.post(f"{JOBS}add/?kind=finetune", form | {"check": ""})
    panel = browser.post(f"{JOBS}estimate/?kind=finetune", form).content.decode()

    assert "Memory at its peak" in panel
    assert not WorkshopJob.objects.exists()


def test_a_second_job_on_the_same_model_is_refused_in_words(browser, form):
    browser.post(f"{JOBS}add/?kind=finetune", form)
    shown = browser.post(f"{JOBS}add/?kind=finetune", form).content.decode()

    assert "A job with tiny@1 waits, rests or is at work already. Wait for it, or cancel it." in shown
    assert WorkshopJob.objects.count() == 1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("available_bytes", "of memory, and 0.1 GB are free"),
        ("_free_room", "on the disk, and 0.1 GB are free"),
    ],
)
def test_what_the_machine_cannot_do_is_refused_before_it_is_begun(what, words, browser, form, monkeypatch):
    monkeypatch.setattr(estimating, what, lambda: 100_000_000)

    shown = browser.post(f"{JOBS}add/?kind=finetune", form).content.decode()

    assert words in shown
    assert not WorkshopJob.objects.exists()


def test_the_next_estimate_rests_on_the_job_before(browser, form):
    browser.post(f"{JOBS}add/?kind=finetune", form)
    done = worked("good")

    page = browser.get(f"{JOBS}add/?kind=finetune").content.decode()

    # The same data and settings as those that took the program 60 seconds.
    assert f"from job {done} of tiny@1" in page and "about 1 minute" in page


def test_one_that_waits_says_for_whom(browser, form, other_base):
    browser.post(f"{JOBS}add/?kind=finetune", form)
    first = WorkshopJob.objects.get()
    shown = browser.post(f"{JOBS}add/?kind=finetune", form | {"base": other_base.pk}, follow=True)

    assert f"it waits for fine-tune of tiny@1 (job {first})." in shown.content.decode()


def test_a_job_is_paused_gone_on_with_cancelled_and_begun_again(browser, form, told):
    browser.post(f"{JOBS}add/?kind=finetune", form)
    job = WorkshopJob.objects.get()

    def after(act):
        page = browser.post(f"{JOBS}{job.pk}/{act}/", follow=True).content.decode()
        job.refresh_from_db()
        return page

    assert "It goes on where it was, when you let it." in after("pause") and job.is_paused
    assert "Waits for the worker." in after("go-on") and not job.is_paused
    assert "Begin again" in after("cancel") and job.state == "cancelled"
    assert "This job cannot be gone on with." in after("go-on")
    after("again")
    again = WorkshopJob.objects.get(state="waiting")
    assert (again.settings, again.seed, again.base) == (job.settings, job.seed, job.base)
    assert "waits, rests or is at work already" in after("again")


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer", "stranger"])
def test_nobody_else_sees_or_does_any_of_it(role, form, job, request):
    browser = Client()
    browser.force_login(request.getfixturevalue(role))

    answers = {
        browser.get(JOBS).status_code,
        browser.get(f"{JOBS}add/").status_code,
        browser.post(f"{JOBS}add/?kind=finetune", form).status_code,
        browser.post(f"{JOBS}estimate/?kind=finetune", form).status_code,
        browser.get(f"{JOBS}{job.pk}/change/").status_code,
        browser.get(f"{JOBS}{job.pk}/progress/").status_code,
        *(
            browser.post(f"{JOBS}{job.pk}/{act}/").status_code
            for act in ("cancel", "pause", "go-on", "again")
        ),
    }

    assert answers <= {403, 404}
    job.refresh_from_db()
    assert (job.state, job.is_paused, WorkshopJob.objects.count()) == ("waiting", False, 1)
    assert "Jobs" not in browser.get("/admin/").content.decode()


def test_words_of_programs_are_text(browser, job):
    WorkshopJob.objects.update(
        state="failed", message="bad_data", detail="<b>bold</b>", log=["<script>1</script>"]
    )

    shown = browser.get(f"{JOBS}{job.pk}/change/").content.decode()

    assert "&lt;b&gt;bold" in shown and "&lt;script&gt;1" in shown and "<b>bold" not in shown
