import numpy as np
import pytest

from chatbot.knowledge.ranking.candidates import Candidates, PassageFacts
from chatbot.knowledge.ranking.mixing import rank

MAIN, ENGLISH = "multilingual-e5-small", "all-MiniLM-L6-v2"


def candidates(
    query: str,
    texts: list[str],
    main: list[float],
    english: list[float] | None = None,
    covered: list[float] | None = None,
) -> Candidates:
    count = len(texts)
    shares = np.array(covered if covered is not None else [0.0] * count, np.float32)
    vectors = {MAIN: np.array(main, np.float32)}
    if english is not None:
        vectors[ENGLISH] = np.array(english, np.float32)
    return Candidates(
        query,
        tuple(PassageFacts(place, place, text) for place, text in enumerate(texts)),
        vectors,
        shares * 10,
        shares,
        10.0,
        {name: np.eye(count, dtype=np.float32) for name in vectors},
    )


def test_words_decide_between_passages_that_are_equally_near() -> None:
    ranked = rank(
        candidates("When do you open?", ["We open at nine.", "Bring it back."], [0.85, 0.85], covered=[0, 1])
    )
    assert ranked.order.tolist() == [1, 0]
    assert ranked.lexical is not None and ranked.lexical.tolist() == [0, 1]


def test_words_count_for_nothing_across_scripts() -> None:
    texts = ["We ship with DHL within two days.", "You can return goods within thirty days."]
    ranked = rank(candidates("DHL 多久送到？", texts, [0.80, 0.82], covered=[1, 0]))
    assert ranked.order.tolist() == [1, 0]
    assert ranked.lexical is None


def test_a_question_without_letters_is_compared_by_words_in_every_script() -> None:
    ranked = rank(candidates("12345", ["Order 12345", "订单 678"], [0.8, 0.8], covered=[1, 0]))
    assert ranked.lexical is not None and ranked.lexical.tolist() == [1, 0]


@pytest.mark.parametrize("query", ["多久送到？", "Wie lange dauert die Lieferung und was kostet sie?"])
def test_the_english_encoder_has_no_say_in_other_languages(query: str) -> None:
    texts = ["配送需要两天。", "可以在三十天内退货。"]
    with_it = rank(candidates(query, texts, [0.82, 0.80], english=[0.0, 1.0]))
    without = rank(candidates(query, texts, [0.82, 0.80]))
    assert with_it.scores.tolist() == without.scores.tolist()
    assert with_it.order.tolist() == [0, 1]


def test_the_english_encoder_counts_between_english_texts() -> None:
    texts = ["Delivery takes two days.", "Returns are free."]
    ranked = rank(candidates("How long does it take?", texts, [0.82, 0.82], english=[0.1, 0.9]))
    assert ranked.order.tolist() == [1, 0]


def test_a_score_does_not_depend_on_what_else_was_found() -> None:
    alone = rank(candidates("When do you open?", ["We open at nine."], [0.85], [0.5], [0.4]))
    among = rank(
        candidates("When do you open?", ["We open at nine.", "No."], [0.85, 0.7], [0.5, 0], [0.4, 0])
    )
    assert alone.scores[0] == among.scores[0]


def test_a_passage_without_a_vector_is_judged_by_its_words() -> None:
    ranked = rank(
        candidates("When do you open?", ["We open at nine.", "No."], [np.nan, 0.72], covered=[1, 0])
    )
    assert ranked.order.tolist() == [0, 1]
    assert np.isfinite(ranked.scores).all() and np.isfinite(ranked.vector).all()


def test_scores_and_confidence_stay_between_0_and_1() -> None:
    ranked = rank(candidates("Open?", ["Open.", "Shut."], [1.0, -1.0], [1.0, -1.0], [1.0, 0.0]))
    assert ranked.scores.min() >= 0 and ranked.scores.max() <= 1
    assert 0 <= ranked.confidence <= 1


def test_nothing_found_is_no_confidence() -> None:
    ranked = rank(candidates("When do you open?", [], []))
    assert ranked.order.tolist() == [] and ranked.confidence == 0


def test_words_alone_give_an_answer_while_the_encoder_is_away() -> None:
    texts = ("We open at nine every day.", "Bring it back.")
    shares = np.array([1.0, 0.0], np.float32)
    facts = tuple(PassageFacts(place, place, text) for place, text in enumerate(texts))
    ranked = rank(Candidates("When do you open?", facts, {}, shares * 9, shares, 10.0))
    assert ranked.order[0] == 0 and 0 < ranked.confidence < 1
