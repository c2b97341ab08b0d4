"""Operators choose between answers without knowing whose they are, and see the outcome afterwards only."""

import pytest
from django.utils import timezone

from chatbot.workshop.models import Ballot, BlindVote
from chatbot.workshop.voting.taking_part import cast, turn_of

pytestmark = pytest.mark.django_db


def address(vote, end=""):
    return f"/admin/votes/{vote.public_id}/{end}"


def vote_all(vote, person, wanted="new"):
    """Let `person` choose the answer that begins with `wanted` everywhere."""
    for number in range(1, 7):
        sheet = turn_of(vote, person, number).sheet
        assert cast(vote, person, number, "left" if sheet.left.startswith(wanted) else "right")


def test_both_answers_stand_there_without_the_names_of_their_versions(vote, operator, browser_of):
    page = browser_of(operator).get(address(vote)).content.decode()

    assert "old 1" in page and "new 1" in page and "Question 1?" in page
    assert "tiny@" not in page


def test_a_choice_is_stored_for_the_version_and_the_next_question_comes(vote, operator, browser_of):
    browser = browser_of(operator)
    left = turn_of(vote, operator, 1).sheet.left

    page = browser.post(address(vote, "choose/"), {"question": "1", "choice": "left"}, follow=True)

    ballot = Ballot.objects.get()
    assert ballot.choice == ("first" if left == "old 1" else "second")
    assert ballot.first_on_left == (left == "old 1")
    assert "Question 2?" in page.content.decode() and 'value="1"' in page.content.decode()


def test_sides_stay_when_somebody_comes_back_and_differ_between_people(vote, operator, owner):
    def sides(person):
        return [turn_of(vote, person, number).sheet.left.split()[0] for number in range(1, 7)]

    assert sides(operator) == sides(operator)
    # Each version stands on the left three times of six, for everybody.
    assert sides(operator).count("old") == sides(owner).count("old") == 3


def test_a_choice_can_be_changed_until_the_last_question(vote, operator):
    cast(vote, operator, 1, "same")
    assert cast(vote, operator, 1, "both_bad")
    assert turn_of(vote, operator, 1).sheet.choice == "both_bad"
    vote_all(vote, operator)

    # From here on the outcome is there to be seen.
    assert not cast(vote, operator, 1, "same")
    assert Ballot.objects.filter(choice="second").count() == 6


def test_the_outcome_is_hidden_before_and_shown_after_the_last_ballot(vote, owner, operator, browser_of):
    browser = browser_of(operator)
    vote_all(vote, owner)
    page = browser.get(address(vote, "outcome/")).content.decode()
    assert "once you have voted" in page and "tiny@" not in page

    vote_all(vote, operator)

    page = browser.get(address(vote, "outcome/")).content.decode()
    assert "tiny@2 is preferred: it was chosen in 100.0 %, and won 6 questions against 0." in page
    assert operator.username in page and owner.username in page
    assert browser.get(address(vote)).headers["Location"] == address(vote, "outcome/")


def test_nobody_who_has_not_finished_sees_it_not_even_a_superuser(vote, owner, administrator, browser_of):
    vote_all(vote, owner)

    for path in (address(vote, "outcome/"), f"/admin/workshop/blindvote/{vote.pk}/change/"):
        page = browser_of(administrator).get(path).content.decode()
        assert "preferred" not in page and "100.0 %" not in page


def test_a_closed_vote_takes_no_ballot_and_shows_what_came_of_it(
    vote, owner, operator, administrator, browser_of
):
    vote_all(vote, owner)
    browser_of(administrator).post(f"/admin/workshop/blindvote/{vote.pk}/close/")
    vote.refresh_from_db()

    assert vote.closed_at is not None
    assert not cast(vote, operator, 1, "left")
    page = browser_of(operator).post(
        address(vote, "choose/"), {"question": "1", "choice": "left"}, follow=True
    )
    assert "This was not taken" in page.content.decode() and "is preferred" in page.content.decode()


@pytest.mark.parametrize(
    "sent",
    [{}, {"question": "1"}, {"question": "1", "choice": "first"}, {"question": "99", "choice": "left"}]
    + [{"question": "x" * 40, "choice": "left"}, {"question": "9" * 40, "choice": "left"}],
)
def test_what_means_nothing_is_not_taken(sent, vote, operator, browser_of):
    answer = browser_of(operator).post(address(vote, "choose/"), sent)

    assert answer.status_code == 302 and not Ballot.objects.exists()


def test_a_vote_whose_answers_are_not_there_yet_is_open_to_nobody(vote, operator, browser_of):
    BlindVote.objects.update(state="running")

    assert browser_of(operator).get(address(vote)).status_code == 404
    assert "nothing to vote on" in browser_of(operator).get("/admin/votes/").content.decode()


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("operator", 200), ("administrator", 200)])
def test_those_who_answer_visitors_of_the_site_vote(person, status, vote, request, browser_of):
    browser = browser_of(request.getfixturevalue(person))

    assert browser.get(address(vote)).status_code == status
    assert "Old or new" in browser.get("/admin/votes/").content.decode()


@pytest.mark.parametrize("person", ["stranger", "editor", "viewer"])
def test_nobody_else_reads_a_question_or_votes(person, vote, request, browser_of):
    browser = browser_of(request.getfixturevalue(person))

    for path in (address(vote), address(vote, "outcome/")):
        assert browser.get(path).status_code == 404
    assert browser.post(address(vote, "choose/"), {"question": "1", "choice": "left"}).status_code == 404
    assert not Ballot.objects.exists()


def test_a_vote_names_what_is_closed(vote, operator, browser_of):
    BlindVote.objects.update(closed_at=timezone.now())

    assert "Closed" in browser_of(operator).get("/admin/votes/").content.decode()
