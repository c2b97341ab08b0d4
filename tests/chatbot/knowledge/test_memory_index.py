"""The index finds what an exhaustive comparison finds, whatever was added and removed before."""

import math
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.knowledge.index import memory
from chatbot.knowledge.index.memory import MemoryIndex
from chatbot.knowledge.index.postings import K1, B
from chatbot.knowledge.index.segments import Segment

WORDS = [f"word{number}" for number in range(60)]


def unit(rows: int, seed: int, width: int = 48) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def texts(rows: int, seed: int) -> list[list[str]]:
    random = np.random.default_rng(seed)
    return [[WORDS[n] for n in random.integers(0, 60, random.integers(3, 30))] for _ in range(rows)]


def filled(rows: int, seed: int = 1) -> tuple[MemoryIndex, list[list[str]], NDArray[np.float32]]:
    index, content, vectors = MemoryIndex(["e"]), texts(rows, seed), unit(rows, seed)
    for start in range(0, rows, 37):
        part = slice(start, start + 37)
        keys = range(start, start + len(content[part]))
        index.add(keys, [key // 3 for key in keys], content[part], {"e": vectors[part]})
    return index, content, vectors


def bm25(content: dict[int, list[str]], query: list[str]) -> dict[int, float]:
    mean = sum(map(len, content.values())) / len(content)
    scores = dict.fromkeys(content, 0.0)
    for word in set(query):
        having = [key for key, text in content.items() if word in text]
        weight = math.log(1 + (len(content) - len(having) + 0.5) / (len(having) + 0.5))
        for key in having:
            count, length = content[key].count(word), len(content[key])
            scores[key] += weight * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))
    return scores


@pytest.mark.parametrize("rows", [2_000, 30_000])
def test_the_nearest_vectors_are_found(rows: int) -> None:
    index, _content, vectors = filled(rows)
    for query in unit(20, 9):
        hits = index.search([], {"e": query}, depth=50)
        nearest = np.argsort(-(vectors @ query))
        # One byte a number decides only between neighbours.
        assert set(nearest[:35].tolist()) <= set(hits.keys.tolist()) <= set(nearest[:65].tolist())
        assert hits.lexical is None and hits.covered is None


def test_words_are_scored_as_the_formula_says() -> None:
    index, content, _vectors = filled(300)
    query = ["word3", "word41", "word3", "unheard"]
    expected = bm25(dict(enumerate(content)), query)
    hits = index.search(query, {}, depth=20)

    assert hits.lexical is not None and hits.covered is not None
    found = dict(zip(hits.keys.tolist(), hits.lexical.tolist(), strict=True))
    assert found == pytest.approx({key: expected[key] for key in found}, rel=1e-4)
    # Equal scores may change places.
    assert sorted(found.values()) == pytest.approx(sorted(expected.values())[-20:], rel=1e-4)
    weights = {
        w: math.log(1 + (300.5 - n) / (n + 0.5)) for w in set(query) if (n := _holders(content, w)) >= 0
    }
    assert hits.lexical_ideal == pytest.approx(sum(weights.values()) * (K1 + 1), rel=1e-5)
    for key, share in zip(hits.keys.tolist(), hits.covered.tolist(), strict=True):
        held = sum(weight for word, weight in weights.items() if word in content[key])
        assert share == pytest.approx(held / sum(weights.values()), rel=1e-4)


def _holders(content: list[list[str]], word: str) -> int:
    return sum(word in text for text in content)


def test_each_score_brings_its_own_candidates() -> None:
    index, content, vectors = filled(1_000)
    by_vector = set(index.search([], {"e": vectors[7]}, depth=5).keys.tolist())
    by_words = set(index.search(content[500], {}, depth=5).keys.tolist())
    both = set(index.search(content[500], {"e": vectors[7]}, depth=5).keys.tolist())
    assert both == by_vector | by_words and len(both) == 10


def test_what_was_removed_or_replaced_is_not_found() -> None:
    index, content, vectors = filled(400)
    index.remove([7])
    index.replace_answers([10, 11])  # keys 30 to 35
    rest = {key: text for key, text in enumerate(content) if key != 7 and not 30 <= key < 36}
    everything = index.search(["word1"], {"e": vectors[7]}, depth=1_000)
    assert set(everything.keys.tolist()) == set(rest) and len(index) == len(rest)

    index.replace_answers(range(134))
    assert len(index) == 0 and not len(index.search(["word1"], {"e": vectors[7]}).keys)


def test_an_index_that_changed_much_scores_as_one_made_anew() -> None:
    index, content, vectors = filled(600)
    index.replace_answers(range(0, 200, 2))
    kept = [key for key in range(600) if key // 3 % 2]
    index.add([1000], [1000], [["word1", "new"]], {"e": unit(1, 77)})
    anew = MemoryIndex(["e"])
    anew.add(kept, [key // 3 for key in kept], [content[key] for key in kept], {"e": vectors[kept]})
    anew.add([1000], [1000], [["word1", "new"]], {"e": unit(1, 77)})
    for query in (["word1"], ["new"], ["word5", "word6"]):
        mine = index.search(query, {"e": vectors[3]}, depth=30)
        theirs = anew.search(query, {"e": vectors[3]}, depth=30)
        assert set(mine.keys.tolist()) == set(theirs.keys.tolist())


def test_one_more_document_does_not_rebuild_the_rest() -> None:
    index, _content, _vectors = filled(3_000)
    before = index._segments
    for number in range(40):
        index.add([10_000 + number], [9_000], [["fresh"]], {"e": unit(1, number)})
        assert index._segments[0] is before[0]
    assert len(index.sizes) < 12 and sum(index.sizes) == 3_040


def test_a_passage_without_a_vector_is_found_by_its_words() -> None:
    index = MemoryIndex(["e"])
    vectors = unit(2, 5)
    vectors[1] = np.nan
    index.add([1, 2], [1, 2], [["lamp"], ["lamp", "oak"]], {"e": vectors})
    index.add([3], [3], [["brass"]], {"e": np.empty((1, 0), np.float32)})
    assert index.search([], {"e": vectors[0]}).keys.tolist() == [1]
    assert index.search(["oak"], {"e": vectors[0]}).keys.tolist() == [1, 2]
    assert index.search(["brass"], {}).keys.tolist() == [3]


def test_a_search_costs_no_memory_that_stays() -> None:
    index, content, vectors = filled(500)
    before = index.nbytes
    for query in content[:50]:
        index.search(query, {"e": vectors[0]})
    assert index.nbytes == before


def test_searches_beside_changes_see_whole_states() -> None:
    """An answer of ten passages is replaced again and again: a search sees all ten of one time."""
    index, _content, vectors = filled(200)
    row = unit(1, 3)
    many = {"e": np.repeat(row, 10, axis=0)}
    index.add(range(5_000, 5_010), [77_000] * 10, [["mine"]] * 10, many)
    stop, wrong = threading.Event(), []

    def replace() -> None:
        first = 6_000
        while not stop.is_set():
            keys = range(first, first + 10)
            index.replace_answers([77_000], [Segment.of(keys, [77_000] * 10, [["mine"]] * 10, many)])
            first += 10

    writer = threading.Thread(target=replace)
    writer.start()
    for _ in range(300):
        keys = sorted(key for key in index.search(["mine"], {"e": row[0]}).keys.tolist() if key >= 5_000)
        if len(keys) != 10 or keys[-1] - keys[0] != 9:
            wrong.append(keys)
    stop.set()
    writer.join()
    assert wrong == []


def test_a_large_index_looks_by_rare_words_and_scores_by_all() -> None:
    rows = 12_000
    content = [["the", "of", *text] for text in texts(rows, 6)]
    content[77] = ["the", "unique"]
    index = MemoryIndex()
    index.add(range(rows), range(rows), content, {})
    hits = index.search(["the", "unique"], {}, depth=10)
    assert hits.lexical is not None and hits.covered is not None and hits.keys.tolist() == [77]
    expected = bm25(dict(enumerate(content)), ["the", "unique"])
    assert hits.lexical.tolist() == pytest.approx([expected[77]], rel=1e-4)
    assert hits.covered.tolist() == pytest.approx([1.0])
    assert len(index.search(["the", "of"], {}, depth=10).keys) == 10


@pytest.mark.parametrize("distinct", [1, 3, 100_000])
@pytest.mark.parametrize("known", [20, 60, 100_000])
def test_the_largest_are_chosen_also_among_equals_and_gaps(distinct: int, known: int) -> None:
    random = np.random.default_rng(distinct + known)
    scores = np.full(100_000, -np.inf, np.float32)
    places = random.choice(100_000, known, replace=False)
    scores[places] = random.integers(0, distinct, known)
    chosen = memory._best(scores, 50)
    assert len(set(chosen.tolist())) == min(known, 50)
    assert sorted(scores[chosen].tolist()) == sorted(scores[places].tolist())[-50:]
