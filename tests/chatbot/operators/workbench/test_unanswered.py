"""What visitors asked in vain: which questions, in which groups, and what becomes of them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.conversations.models import Conversation, Message
from chatbot.knowledge.models import Document
from chatbot.operators.models import SettledQuestion
from chatbot.operators.workbench import unanswered
from tests.chatbot.operators.talks import talk
from tests.chatbot.operators.workbench.bench import answered

pytestmark = pytest.mark.django_db

RETURNS = ("Can I return the lamp?", "Can I return my lamp please?", "can I return a lamp")
PARKING = "Where do I park near the shop?"


@pytest.fixture(autouse=True)
def no_encoder(settings) -> None:
    """The encoder is away: groups are made by words."""
    settings.INFERENCE_URLS = []


@pytest.fixture
def asked(site) -> list[Message]:
    """Three questions of one meaning and another one, none of them answered."""
    return [answered(site, text, kind="unknown") for text in (*RETURNS, PARKING)]


def groups(site) -> list[list[str]]:
    overview = unanswered.overview(site, timezone.now() - timedelta(days=30))
    return [sorted(question.text for question in group.questions) for group in overview.groups]


def test_questions_of_one_meaning_are_one_group_and_the_largest_comes_first(site, asked):
    assert groups(site) == [sorted(RETURNS), [PARKING]]


def test_what_counts_as_unanswered(site, other_site):
    answered(site, "Unknown?", kind="unknown")
    answered(site, "Failed?", message={"status": "failed"})
    answered(site, "Unhelpful?", kind="checked", message={"feedback": "down"})
    answered(site, "Good?", kind="checked", message={"feedback": "up"})
    answered(other_site, "Elsewhere?", kind="unknown")
    replaced = answered(site, "Asked again?", kind="unknown")
    Message.objects.create(
        conversation=replaced.conversation, author="assistant", text="Yes", replaces=replaced
    )
    old = answered(site, "Long ago?", kind="unknown")
    Message.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))

    found = unanswered.unanswered(site, timezone.now() - timedelta(days=30))

    assert [(one.text, one.why) for one in found] == [
        ("Unknown?", "unknown"),
        ("Failed?", "failed"),
        ("Unhelpful?", "unhelpful"),
    ]


def test_texts_pass_the_door_of_privacy(site):
    answered(site, "Where\x07 is\U000e0041 it?", kind="unknown")

    assert groups(site) == [["Where is it?"]]


def test_the_page_shows_counts_examples_and_languages(client: Client, site, asked, owner):
    Conversation.objects.update(language="zh-hans")
    client.force_login(owner)

    html = client.get("/admin/workbench/unanswered/").text

    assert "4 questions without an answer that helped." in html
    assert "grouped by their words" in html
    assert "The assistant did not know: 3" in html and "zh-hans" in html
    assert f"/admin/inbox/{asked[0].conversation.public_id}/" in html
    assert f"/admin/workbench/answers/{asked[0].public_id}/" in html


def test_an_editor_sees_the_questions_and_no_way_to_the_conversations(client: Client, site, asked, editor):
    client.force_login(editor)

    html = client.get("/admin/workbench/unanswered/").text

    assert PARKING in html
    assert asked[0].conversation.public_id not in html


def test_the_stranger_sees_nothing_of_it(client: Client, site, asked, stranger):
    client.force_login(stranger)

    assert PARKING not in client.get("/admin/workbench/unanswered/").text
    assert client.get(f"/admin/workbench/unanswered/?site={site.pk}").status_code == 404


def keys(*messages: Message) -> str:
    return ",".join(str(message.answers_id) for message in messages)


def test_an_answer_is_added_with_the_groups_questions_and_the_group_leaves(
    client: Client, site, asked, editor
):
    client.force_login(editor)
    about = {"site": site.pk, "settles": keys(*asked[:3]), "back": "unanswered"}
    form = client.post("/admin/workbench/curated/", {**about, "questions": "\n".join(RETURNS)})
    assert form.status_code == 200 and RETURNS[1] in form.text
    assert not Document.objects.exists()

    done = client.post(
        "/admin/workbench/curated/", {**about, "questions": "\n".join(RETURNS), "text": "Within 30 days."}
    )

    assert done.status_code == 302 and "/unanswered/" in done.headers["Location"]
    document = Document.objects.get()
    assert (document.site, document.text) == (site, "Within 30 days.")
    assert document.questions.splitlines() == list(RETURNS)
    assert groups(site) == [[PARKING]]


def test_a_question_that_stays_unanswered_after_an_answer_was_added_comes_back(site, asked, editor):
    unanswered.settle(site, keys(*asked[:3]).split(","), editor, is_answered=True)
    answered(site, RETURNS[0], kind="unknown")

    assert [RETURNS[0]] in groups(site)


def test_what_is_set_aside_takes_later_questions_of_the_same_meaning_along(
    client: Client, site, asked, editor
):
    client.force_login(editor)
    client.post("/admin/workbench/unanswered/aside/", {"site": site.pk, "settles": keys(asked[3])})
    answered(site, PARKING.lower(), kind="unknown")

    assert groups(site) == [sorted(RETURNS)]
    assert SettledQuestion.objects.get().settled_by == editor


@pytest.mark.parametrize("path", ["unanswered/aside/", "curated/"])
@pytest.mark.parametrize("role", ["operator", "viewer", "stranger"])
def test_others_settle_and_add_nothing(client: Client, request, site, asked, role, path):
    client.force_login(request.getfixturevalue(role))
    form = {"site": site.pk, "settles": keys(*asked), "questions": "What?", "text": "That."}

    assert client.post(f"/admin/workbench/{path}", form).status_code in (403, 404)
    assert not SettledQuestion.objects.exists() and not Document.objects.exists()


def test_nobody_settles_questions_of_another_site(client: Client, site, other_site, stranger, asked):
    client.force_login(stranger)
    form = {"site": other_site.pk, "settles": keys(*asked), "questions": "What?", "text": "That."}

    client.post("/admin/workbench/unanswered/aside/", form)
    client.post("/admin/workbench/curated/", form)

    assert not SettledQuestion.objects.exists()


@pytest.mark.parametrize("text", ["", "x" * 8001])
def test_an_answer_that_cannot_be_stored_says_why_and_loses_nothing(
    client: Client, site, asked, editor, text
):
    client.force_login(editor)
    form = {"site": site.pk, "settles": keys(asked[0]), "questions": "What?", "text": text}

    page = client.post("/admin/workbench/curated/", form)

    assert page.status_code == 400 and 'role="alert"' in page.text and "What?" in page.text
    assert not SettledQuestion.objects.exists() and not Document.objects.exists()


class TestFromAConversation:
    @pytest.fixture
    def conversation(self, site) -> Conversation:
        return talk(site, "Can I return it?", "Within 30 days.")

    def test_the_page_of_a_conversation_offers_it_to_who_writes_knowledge(
        self, client: Client, conversation, owner, operator
    ):
        link = f"/admin/workbench/curated/{conversation.messages.last().public_id}/"
        path = f"/admin/inbox/{conversation.public_id}/"

        client.force_login(owner)
        assert link in client.get(path).text
        client.force_login(operator)
        assert link not in client.get(path).text

    def test_the_form_is_filled_in_and_leads_back(self, client: Client, conversation, site, owner):
        client.force_login(owner)
        page = client.get(f"/admin/workbench/curated/{conversation.messages.last().public_id}/")
        form = page.context["form"]

        assert form["questions"].value() == "Can I return it?"
        assert form["text"].value() == "Within 30 days."
        sent = {name: form[name].value() or "" for name in form.fields} | {"site": site.pk}
        done = client.post("/admin/workbench/curated/", sent)
        assert done.headers["Location"] == f"/admin/inbox/{conversation.public_id}/"
        assert Document.objects.get().questions == "Can I return it?"

    @pytest.mark.parametrize("role", ["editor", "operator", "viewer", "stranger"])
    def test_to_others_it_does_not_exist(self, client: Client, request, conversation, role):
        client.force_login(request.getfixturevalue(role))
        path = f"/admin/workbench/curated/{conversation.messages.last().public_id}/"

        assert client.get(path).status_code == 404

    def test_what_a_visitor_said_is_no_answer(self, client: Client, conversation, owner):
        client.force_login(owner)
        path = f"/admin/workbench/curated/{conversation.messages.first().public_id}/"

        assert client.get(path).status_code == 404
