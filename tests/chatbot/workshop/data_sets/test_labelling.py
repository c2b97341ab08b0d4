"""Two people judge the same share of examples without each other's word; what they differ on is settled."""

import pytest
from django.test import Client

from accounts.models import Membership, User
from chatbot.workshop.data_sets.judged_twice import pairs_of
from chatbot.workshop.data_sets.labelling import judging, queue
from chatbot.workshop.data_sets.labelling.judging import NotNow, Word
from chatbot.workshop.models import DataJob, DataSet, Example, Judgement
from tests.chatbot.workshop.data_sets.conftest import consent, dialogue, fill, many, talk

pytestmark = pytest.mark.django_db

PAGES = "/admin/workshop/labelling/"
ACCEPT, EDIT, REJECT = Judgement.Verdict.ACCEPT, Judgement.Verdict.EDIT, Judgement.Verdict.REJECT


@pytest.fixture
def labelled(data_set, site):
    """Ten examples of the site's conversations, for people of the site; two people see all of them."""
    consent(site)
    DataSet.objects.update(double_share=100, intents=["repair", "return"])
    data_set.refresh_from_db()
    for messages in many(10):
        conversation = talk(site, ("visitor", messages[0]["content"]), ("assistant", "x"))
        fill(data_set, messages, site=site, conversation=conversation)
    return data_set


def once(data_set):
    """Let one person be enough."""
    DataSet.objects.filter(pk=data_set.pk).update(double_share=0)
    data_set.double_share = 0


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


def test_people_see_examples_of_their_own_sites_and_superusers_all(
    labelled, owner, operator, stranger, administrator, other_site
):
    consent(other_site)
    of_a_file = fill(labelled, dialogue("From a file?", "Yes"))[0]
    elsewhere = fill(labelled, dialogue("Oak?", "Yes"), site=other_site)[0]

    def seen(person):
        return set(Example.objects.labelled_by(person).values_list("pk", flat=True))

    everything = set(Example.objects.values_list("pk", flat=True))
    assert seen(operator) == seen(owner) == everything - {of_a_file.pk, elsewhere.pk}
    assert seen(stranger) == {elsewhere.pk}
    assert seen(administrator) == everything
    for person, example, status in (
        *((operator, of_a_file, 404), (operator, elsewhere, 404)),
        *((stranger, of_a_file, 404), (administrator, elsewhere, 200)),
    ):
        browser, address = browser_of(person), f"{PAGES}{labelled.public_id}/"
        assert browser.get(address, {"example": example.public_id}).status_code == status
        data = {"example": example.public_id, "verdict": "reject", "text_0": "x", "text_1": "y"}
        browser.post(address, data)
        browser.post(f"{address}disputes/", data)
        assert Judgement.objects.filter(example=example).exists() == (status == 200)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_other_roles_label_nothing(role, labelled, request):
    browser = browser_of(request.getfixturevalue(role))

    assert browser.get(PAGES).status_code == 403
    assert browser.get(f"{PAGES}{labelled.public_id}/").status_code == 403
    assert "Labelling" not in browser.get("/admin/").content.decode()


def test_an_operator_labels_from_the_first_to_the_last(labelled, operator):
    once(labelled)
    browser, address = browser_of(operator), f"{PAGES}{labelled.public_id}/"
    assert "10 wait for you, 0 you have judged." in browser.get(PAGES).content.decode()

    for _number in range(10):
        example = browser.get(address).context["example"]
        browser.post(
            address,
            {
                "example": example.public_id,
                "verdict": "accept",
                "sentiment": "negative",
                "intent": "repair",
                "text_0": "x",
                "text_1": "y",
            },
        )

    assert "Nothing waits for you here" in browser.get(address).content.decode()
    assert set(Example.objects.values_list("review", "sentiment", "intent")) == {
        ("accepted", "negative", "repair")
    }
    last = browser.get(address).context["before"]
    back = browser.get(address, {"example": last.public_id})
    assert "you said: Accept" in back.content.decode()
    assert back.context["before"].pk != last.pk


def test_one_skips_an_example_and_it_comes_again(labelled, operator):
    once(labelled)
    browser, address = browser_of(operator), f"{PAGES}{labelled.public_id}/"
    first = browser.get(address).context["example"]

    met = [first]
    while (shown := browser.get(address, {"after": met[-1].public_id}).context["example"]) is not None:
        met.append(shown)

    assert len({example.pk for example in met}) == 10
    assert browser.get(address).context["example"] == first


def test_the_two_of_a_pair_do_not_see_each_others_word(labelled, operator, owner):
    example = queue.next_for(operator, labelled)
    judging.judge(example, Word(REJECT, sentiment="negative"), by=operator)

    page = browser_of(owner).get(f"{PAGES}{labelled.public_id}/", {"example": example.public_id})

    example.refresh_from_db()
    assert example.review == "open" and queue.next_for(owner, labelled) == example
    assert "you said" not in page.content.decode()
    assert page.context["form"].initial["sentiment"] == ""
    assert queue.next_for(operator, labelled) != example


def test_a_third_person_is_not_asked(labelled, operator, owner, administrator):
    example = queue.next_for(operator, labelled)
    for person in (operator, owner):
        judging.judge(example, Word(ACCEPT), by=person)

    example.refresh_from_db()
    assert example.review == "accepted"
    assert queue.next_for(administrator, labelled) != example


def test_what_two_people_differ_on_is_settled_by_a_last_word(labelled, operator, owner):
    example = queue.next_for(operator, labelled)
    judging.judge(example, Word(ACCEPT, sentiment="negative"), by=operator)
    judging.judge(example, Word(ACCEPT, sentiment="positive"), by=owner)
    example.refresh_from_db()
    assert example.review == "disputed"
    browser, address = browser_of(owner), f"{PAGES}{labelled.public_id}/disputes/"
    shown = browser.get(address).content.decode()
    assert "operator" in shown and "Negative" in shown and "Positive" in shown

    texts = {f"text_{place}": one["content"] for place, one in enumerate(example.messages)}
    data = {"example": example.public_id, "verdict": "accept", "sentiment": "neutral", **texts}
    browser.post(address, data)

    example.refresh_from_db()
    assert (example.review, example.sentiment) == ("accepted", "neutral")
    with pytest.raises(NotNow):
        judging.judge(example, Word(REJECT), by=operator)
    assert "Nobody differs." in browser.get(address).content.decode()


def test_an_edited_example_holds_the_new_words_masked_and_can_be_put_back(labelled, operator):
    once(labelled)
    example = queue.next_for(operator, labelled)
    before = example.messages
    judging.judge(example, Word(EDIT, ["Why?", "Call 13812345678"]), by=operator)
    example.refresh_from_db()
    assert [one["content"] for one in example.messages] == ["Why?", "Call [phone]"]
    assert (example.review, example.unedited) == ("edited", before)

    judging.judge(example, Word(ACCEPT), by=operator)

    example.refresh_from_db()
    assert (example.messages, example.unedited, example.review) == (before, None, "accepted")


def test_an_edit_that_changes_nothing_is_an_acceptance(labelled, operator):
    once(labelled)
    example = queue.next_for(operator, labelled)

    judging.judge(example, Word(EDIT, [one["content"] for one in example.messages]), by=operator)

    example.refresh_from_db()
    assert (example.review, example.unedited) == ("accepted", None)


def test_nothing_is_judged_while_the_worker_cleans(labelled, operator):
    example = queue.next_for(operator, labelled)
    DataJob.objects.create(data_set=labelled, kind="clean", state="running")

    with pytest.raises(NotNow):
        judging.judge(example, Word(ACCEPT), by=operator)
    browser = browser_of(operator)
    data = {"example": example.public_id, "verdict": "accept", "text_0": "x", "text_1": "y"}
    shown = browser.post(f"{PAGES}{labelled.public_id}/", data, follow=True).content.decode()

    assert "cannot be judged now" in shown and not Judgement.objects.exists()


def test_two_people_begin_at_different_ends_where_one_is_enough(labelled, operator, site):
    once(labelled)
    colleague = User.objects.create_user("colleague", is_staff=True)
    while colleague.pk % 2 == operator.pk % 2:
        colleague.delete()
        colleague = User.objects.create_user(f"colleague{colleague.pk}", is_staff=True, pk=operator.pk + 101)
    Membership.objects.create(user=colleague, site=site, role="operator")

    assert queue.next_for(operator, labelled) != queue.next_for(colleague, labelled)


def test_the_agreement_of_two_people_stands_on_the_page_of_the_data_set(
    labelled, operator, owner, administrator
):
    for number, example in enumerate(Example.objects.order_by("pk")):
        judging.judge(example, Word(REJECT if number < 5 else ACCEPT), by=operator)
        judging.judge(example, Word(REJECT if number < 4 else ACCEPT), by=owner)

    (pair,) = pairs_of(labelled)

    assert set(pair.people) == {"operator", "owner"}
    assert round(pair.by_question["verdict"].kappa, 3) == 0.8
    shown = browser_of(administrator).get(f"/admin/workshop/dataset/{labelled.pk}/change/").content.decode()
    assert "κ 0.80" in shown and "Of so few examples that says little." in shown
