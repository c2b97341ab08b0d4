"""A superuser begins a vote; both versions answer in the worker before anybody votes."""

import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.workshop.models import BlindVote, DataSet, DataSetVersion, HeldConversation, sha256_of
from chatbot.workshop.voting.asking import CannotVote, ask, close
from chatbot.workshop.voting.looking_after import look_after
from chatbot.workshop.voting.words import sentence
from chatbot.workshop.voting.writing import PROGRAM, carry_out
from tests.chatbot.workshop.evaluating.conftest import told  # noqa: F401
from tests.inference.training.language.tiny_training import write_base, write_data

pytestmark = pytest.mark.django_db
ADD = "/admin/workshop/blindvote/add/"


@pytest.fixture
def data(db, folders):
    found = DataSetVersion.objects.create(data_set=DataSet.objects.create(name="service"), number=1)
    write_data(found.folder, test=8)
    found.sha256 = sha256_of(found.folder)
    found.save()
    return found


def asked(versions, site, **more):
    wish = {"name": "Old or new", "typed": ["Is it open?", " ", "And tomorrow?"]}
    return ask(first=versions[0], second=versions[1], sites=[site], by=None, **{**wish, **more})


def test_both_versions_answer_all_questions_before_the_vote_opens(versions, site, folders, data):
    for number in (1, 2):
        write_base(folders / "models" / f"v{number}")
    vote = asked(versions, site, typed=[], data=data, count=3)
    assert not vote.is_open

    carry_out(BlindVote.objects.claim_next(), PROGRAM)

    vote.refresh_from_db()
    assert (vote.state, vote.message, vote.is_open) == ("done", "written", True), vote.detail
    questions = list(vote.questions.all())
    assert len(questions) == 3
    # The same weights say the same.
    assert all(one.first_answer == one.second_answer for one in questions)
    assert all(one.messages[-1]["role"] == "user" for one in questions)


def test_a_version_that_cannot_run_is_named_and_nobody_votes(versions, site):
    asked(versions, site)

    carry_out(BlindVote.objects.claim_next(), PROGRAM)

    vote = BlindVote.objects.get()
    assert (vote.state, vote.message, vote.is_open) == ("failed", "bad_network", False)
    assert "model folder" in sentence(vote.message, vote.detail)


def test_answers_whose_worker_died_are_written_anew(versions, site):
    vote = asked(versions, site)
    BlindVote.objects.claim_next()
    BlindVote.objects.update(touched_at=timezone.now() - timedelta(hours=1))

    look_after()

    vote.refresh_from_db()
    assert (vote.state, vote.message) == ("waiting", "begun_anew")


def test_the_writing_can_be_cancelled(versions, site):
    vote = asked(versions, site)
    claimed = BlindVote.objects.claim_next()
    claimed.cancel()
    endless = 'import time\nwhile True: print(\'{"step": 1, "of": 9}\', flush=True); time.sleep(0.05)'

    carry_out(claimed, (sys.executable, "-c", endless))

    vote.refresh_from_db()
    assert vote.state == "cancelled"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"typed": []}, "one of the two"),
        ({"typed": ["x"] * 201}, "200 questions at most"),
        ({"typed": ["x" * 5000]}, "4000 letters"),
    ],
)
def test_what_will_not_do_is_refused(more, said, versions, site):
    with pytest.raises(CannotVote, match=said):
        asked(versions, site, **more)
    assert not BlindVote.objects.exists()


def test_a_version_against_itself_and_labelled_texts_are_refused(versions, site):
    with pytest.raises(CannotVote, match="two different"):
        asked([versions[0], versions[0]], site)
    labels = DataSetVersion.objects.create(
        data_set=DataSet.objects.create(name="labels", kind="labelled"), number=1
    )
    with pytest.raises(CannotVote, match="no dialogues"):
        asked(versions, site, typed=[], data=labels)


def test_a_superuser_begins_and_closes_one_in_the_admin(versions, site, administrator, told):  # noqa: F811
    browser = Client()
    browser.force_login(administrator)
    wish = {"name": "Old or new", "first": versions[0].pk, "second": versions[1].pk, "count": 20}

    page = browser.post(ADD, {**wish, "sites": [site.pk]}).content.decode()
    assert "one of the two" in page and 'value="Old or new"' in page

    page = browser.post(ADD, {**wish, "sites": [site.pk], "typed": "Is it open?\nWhen?"}, follow=True)
    vote = BlindVote.objects.get()
    assert vote.questions.count() == 2 and list(vote.sites.all()) == [site]
    assert "Waits for the worker." in page.content.decode()
    BlindVote.objects.update(state="done")
    browser.post(f"/admin/workshop/blindvote/{vote.pk}/close/")

    kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["workshop.vote_asked", "workshop.vote_closed"]
    vote.refresh_from_db()
    assert not close(vote, by=administrator)


def test_questions_of_an_erased_conversation_are_forgotten(vote, data, operator):
    vote.data = data
    vote.save()
    assert vote in BlindVote.objects.open_to(operator)
    HeldConversation.objects.create(version=data, conversation=None, key="gone")

    assert vote not in BlindVote.objects.open_to(operator)
    look_after()

    question = vote.questions.first()
    assert (question.messages, question.first_answer, question.second_answer) == ([], "", "")
