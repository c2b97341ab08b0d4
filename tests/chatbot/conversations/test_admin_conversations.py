import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.prompts.models import PromptVersion

pytestmark = pytest.mark.django_db

LIST = "/admin/conversations/conversation/"


def talk(site: Site, question: str, answer: str = "Gladly.", **changes) -> Conversation:
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    asked = Message.objects.create(conversation=conversation, author="visitor", text=question)
    reply = {
        "author": "assistant",
        "text": answer,
        "answers": asked,
        "finished_at": timezone.now(),
        **changes,
    }
    said = Message.objects.create(conversation=conversation, **reply)
    prompt = PromptVersion.objects.current(site)
    figures = {"prompt_tokens": 311, "completion_tokens": 42, "first_token_ms": 187, "total_ms": 1903}
    ReplyTrace.objects.create(message=said, prompt_version=prompt, language_model="tiny@7", **figures)
    return conversation


def listed(client: Client, **query: str) -> list[str]:
    page = client.get(LIST, query)
    return [conversation.last_line for conversation in page.context["cl"].result_list]


@pytest.mark.parametrize("role", ["owner", "operator", "viewer"])
def test_the_list_shows_last_line_and_count_of_the_own_site(client: Client, request, site, other_site, role):
    talk(site, "Where is it?", "In the post.")
    talk(other_site, "Psst", "Nothing for you.")
    client.force_login(request.getfixturevalue(role))

    page = client.get(LIST)

    (conversation,) = page.context["cl"].result_list
    assert (conversation.last_line, conversation.message_count) == ("In the post.", 2)
    assert "Nothing for you" not in page.content.decode()
    assert "Other Oak" not in page.content.decode()


def test_an_editor_reads_no_conversations(client: Client, editor, site):
    conversation = talk(site, "Where is it?")
    client.force_login(editor)

    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{conversation.pk}/change/").status_code in (302, 403)


def test_the_list_asks_the_same_number_of_questions_for_one_and_for_thirty(
    client: Client, viewer, site, django_assert_num_queries
):
    client.force_login(viewer)
    talk(site, "One")
    client.get(LIST)
    with django_assert_num_queries(8):
        assert len(listed(client)) == 1
    for number in range(29):
        talk(site, f"Number {number}")
    with django_assert_num_queries(8):
        assert len(listed(client)) == 30


def test_the_transcript_shows_every_message_with_its_trace(client: Client, viewer, site):
    conversation = talk(site, "Is this <b>safe</b>?", "Quite.", feedback="down", status="stopped")
    client.force_login(viewer)

    page = client.get(f"{LIST}{conversation.pk}/change/").content.decode()

    assert "Is this &lt;b&gt;safe&lt;/b&gt;?" in page
    for shown in (
        "Visitor",
        "Assistant",
        "Quite.",
        "Stopped",
        "Not helpful",
        "tiny@7",
        "187 ms",
        "311",
        "42",
    ):
        assert shown in page


def test_the_transcript_takes_as_many_queries_for_two_messages_as_for_twenty(
    client: Client, viewer, site, django_assert_max_num_queries
):
    conversation = talk(site, "First")
    for number in range(18):
        Message.objects.create(conversation=conversation, author="visitor", text=f"And {number}")
    client.force_login(viewer)
    client.get(f"{LIST}{conversation.pk}/change/")

    with django_assert_max_num_queries(8):
        page = client.get(f"{LIST}{conversation.pk}/change/")

    assert "And 17" in page.content.decode()


def test_another_sites_conversation_does_not_exist(client: Client, stranger, site):
    conversation = talk(site, "Where is it?")
    client.force_login(stranger)

    response = client.get(f"{LIST}{conversation.pk}/change/", follow=True)

    assert response.request["PATH_INFO"] == "/admin/"
    assert "Where is it?" not in response.content.decode()


def test_search_finds_what_was_said_once(client: Client, viewer, site):
    talk(site, "My lamp, my lamp!", "Which lamp?")
    talk(site, "And my chair?", "Sold out.")
    client.force_login(viewer)

    assert listed(client, q="lamp") == ["Which lamp?"]


def test_filters_narrow_by_site_state_feedback_and_date(
    client: Client, owner, administrator, site, other_site
):
    talk(site, "a", "Praised", feedback="up")
    talk(site, "b", "Blamed", feedback="down")
    closed = talk(site, "c", "Closed")
    talk(other_site, "d", "Elsewhere")
    Conversation.objects.filter(pk=closed.pk).update(status="closed", updated_at="2020-01-01T00:00:00Z")
    client.force_login(administrator)

    assert listed(client, feedback="up") == ["Praised"]
    assert listed(client, feedback="down") == ["Blamed"]
    assert listed(client, status__exact="closed") == ["Closed"]
    assert listed(client, site=str(other_site.pk)) == ["Elsewhere"]
    assert "Closed" not in listed(client, updated_at__gte="2021-01-01 00:00:00+00:00")
    client.force_login(owner)
    assert listed(client, site=str(other_site.pk)) == []


def test_nobody_changes_a_transcript(client: Client, administrator, site):
    conversation = talk(site, "Where is it?")
    client.force_login(administrator)

    assert client.post(f"{LIST}{conversation.pk}/change/", {"status": "closed"}).status_code == 403
    assert client.post(f"{LIST}{conversation.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_states_are_shown_in_the_readers_language(client: Client, viewer, site):
    Conversation.objects.filter(pk=talk(site, "Done?").pk).update(status="closed")
    client.force_login(viewer)

    page = client.get(LIST, headers={"Accept-Language": "zh-hans"}).content.decode()

    assert "已结束" in page
    assert "closed" not in page.split("</table>")[0].split("<table")[1]


def test_a_chat_that_was_only_opened_is_not_listed(client: Client, site, owner):
    talk(site, "Where is it?", "In the post.")
    Conversation.objects.open_for(Visitor.objects.register(site)[0], None)
    client.force_login(owner)

    assert listed(client) == ["In the post."]
