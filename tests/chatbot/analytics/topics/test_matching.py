"""Topics are found again by the questions that two nights have in common."""

from chatbot.analytics.topics.matching import match


def test_a_group_that_grew_is_the_topic_that_it_was():
    assert match({0: [1, 2, 3, 4, 5]}, {1: 7, 2: 7, 3: 7}) == {0: 7}


def test_a_group_of_new_questions_is_no_topic_yet():
    assert match({0: [4, 5, 6]}, {1: 7, 2: 7}) == {}


def test_of_a_topic_that_fell_apart_the_larger_part_keeps_the_row():
    before = dict.fromkeys(range(10), 7)

    assert match({0: [0, 1, 2], 1: [3, 4, 5, 6, 7, 8, 9]}, before) == {1: 7}


def test_of_two_topics_that_became_one_group_the_larger_stays():
    before = {**dict.fromkeys(range(3), 7), **dict.fromkeys(range(3, 10), 8)}

    assert match({0: list(range(10))}, before) == {0: 8}


def test_a_single_question_that_moved_takes_no_topic_along():
    before = {**dict.fromkeys(range(10), 7), **dict.fromkeys(range(10, 20), 8)}
    groups = {0: list(range(10)), 1: list(range(11, 20)), 2: [10, 30, 31, 32]}

    assert match(groups, before) == {0: 7, 1: 8}
