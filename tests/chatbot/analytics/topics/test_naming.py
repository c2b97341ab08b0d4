"""A model's name is taken where the questions bear it out; else a question names its topic."""

import pytest

from chatbot.analytics.models import Topic
from chatbot.analytics.topics.naming import borne_out, from_question

QUESTIONS = ["Where is my parcel?", "my parcel did not arrive", "Track a parcel", "where is it, the parcel"]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Where is my parcel", "Where is my parcel"),
        ('"parcel"\nIt is about parcels.', "Parcel"),
        ("  - Parcels.  ", "Parcels"),
    ],
)
def test_a_name_of_the_questions_words_is_taken(said, name):
    assert borne_out(said, QUESTIONS) == name


@pytest.mark.parametrize(
    "said",
    [
        "",
        "\n\n",
        "I'm sorry for any misunderstanding.",
        "Lost luggage",
        "Parcels to Sydney",
        "The",
        "<b>parcel</b>",
        "Where is my parcel, and why did it not arrive where it should have been long ago?",
        "*" * 100,
    ],
)
def test_what_the_questions_do_not_say_is_no_name(said):
    assert borne_out(said, QUESTIONS) == ""


def test_a_chinese_name_is_judged_by_its_characters():
    questions = ["我的包裹在哪里？", "包裹什么时候到？", "包裹丢了"]

    assert borne_out("包裹", questions) == "包裹"
    assert borne_out("退货运费", questions) == ""


def test_the_most_central_question_that_is_short_names_the_topic():
    name = from_question(["I have been waiting for so long now that I wonder where it is, " * 3, *QUESTIONS])

    assert (name.text, name.named_by) == ("Where is my parcel?", Topic.NamedBy.QUESTION)


def test_a_long_question_is_cut():
    assert len(from_question(["word " * 400]).text) <= 61
