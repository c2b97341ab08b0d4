"""Finding conversations by words, Chinese included, by visitor and by label."""

import pytest

from chatbot.operators import inbox
from chatbot.operators.models import Label
from chatbot.operators.search import as_tsquery, terms
from tests.chatbot.operators.talks import talk

pytestmark = pytest.mark.django_db


def found(user, query: str) -> list[str]:
    page = inbox.listed(user, inbox.Choice(tab=inbox.Tab.ALL, query=query))
    return [conversation.newest_line for conversation in page.conversations]


@pytest.fixture
def talks(site):
    talk(site, "Where is my Blue lamp?")
    talk(site, "我想退货，这盏灯坏了")
    talk(site, "The invoice is wrong")


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("blue lamp", "Where is my Blue lamp?"),
        ("LAMP blue", "Where is my Blue lamp?"),
        ("invo", "The invoice is wrong"),
        ("退货", "我想退货，这盏灯坏了"),
        ("灯坏", "我想退货，这盏灯坏了"),
        ("货", "我想退货，这盏灯坏了"),
        ("想退货", "我想退货，这盏灯坏了"),
    ],
)
def test_words_are_found_wherever_they_stand(operator, talks, query, line):
    assert found(operator, query) == [line]


@pytest.mark.parametrize("query", ["purple", "货退", "lamp invoice", "%", "'); DROP TABLE", "q & | !", "\\"])
def test_what_nobody_said_is_not_found(operator, talks, query):
    assert found(operator, query) == []


def test_a_conversation_is_found_by_its_visitor_its_address_and_its_label(operator, site):
    conversation = talk(site, "Hello", contact="ann@example.com")
    Label.objects.create(site=site, name="退款").conversations.add(conversation)
    talk(site, "Somebody else")

    assert found(operator, conversation.visitor.public_id[:8]) == ["Hello"]
    assert found(operator, conversation.public_id) == ["Hello"]
    assert found(operator, "ann@exa") == ["Hello"]
    assert found(operator, "退款") == ["Hello"]


def test_a_conversation_that_matches_twice_is_listed_once(operator, site):
    conversation = talk(site, "refund", "refund refund")
    Label.objects.create(site=site, name="refund").conversations.add(conversation)

    assert found(operator, "refund") == ["refund refund"]


def test_labels_and_visitors_of_other_sites_find_nothing(operator, other_site):
    conversation = talk(other_site, "Theirs")
    Label.objects.create(site=other_site, name="refund").conversations.add(conversation)

    assert found(operator, "refund") == found(operator, conversation.public_id) == []


def test_chinese_is_searched_by_pairs_of_characters():
    assert terms("退货 lamp's") == ["退货", "lamp", "s"]
    assert as_tsquery(["想退货", "lamp"]) == "'想退' & '退货' & 'lamp':*"
    assert as_tsquery(["灯"]) == "'灯':*"
