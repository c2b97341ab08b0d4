"""Verdicts come from whichever model server can give them; one that is of another kind costs nothing."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from inference.classifying import (
    CHARACTERS_PER_TEXT,
    TEXTS_PER_REQUEST,
    Classifiers,
    ClassifierUnavailable,
    Explanation,
    Verdict,
    WordPull,
)
from tests.scripted_classifier import HEAD, ScriptedClassifier, scripted_classifier

UNHAPPY = Verdict(0.9, 0.08, 0.02, "negative", HEAD, ("en", "zh"))


@pytest.fixture
def server() -> Iterator[ScriptedClassifier]:
    with scripted_classifier() as server:
        yield server


@pytest.fixture
def other() -> Iterator[ScriptedClassifier]:
    with scripted_classifier() as server:
        yield server


@pytest.fixture
async def classifiers(server: ScriptedClassifier) -> AsyncIterator[Classifiers]:
    classifiers = Classifiers([server.url], api_key="secret")
    yield classifiers
    await classifiers.aclose()


async def test_verdicts_come_in_the_order_of_the_texts(
    classifiers: Classifiers, server: ScriptedClassifier
) -> None:
    texts = ["awful", "a lamp", "lovely"] * 50
    verdicts = await classifiers.classify(texts)

    assert [verdict.label for verdict in verdicts] == ["negative", "neutral", "positive"] * 50
    assert verdicts[0] == UNHAPPY and verdicts[0].score == pytest.approx(-0.88)
    assert [len(request["input"]) for request in server.requests] == [TEXTS_PER_REQUEST] * 2 + [22]
    assert {request["model"] for request in server.requests} == {"sentiment"}
    assert set(server.authorizations) == {"Bearer secret"}
    assert await classifiers.classify([]) == []


async def test_a_version_can_be_named(classifiers: Classifiers, server: ScriptedClassifier) -> None:
    server.heads = [HEAD, "sentiment@2"]
    (verdict,) = await classifiers.classify(["awful"], model="sentiment@2")
    assert verdict.head == "sentiment@2"


async def test_an_explanation_says_which_words_pulled(classifiers: Classifiers) -> None:
    assert await classifiers.explain("awful") == Explanation(UNHAPPY, (WordPull(0, 5, "awful", -0.88),), 0.0)
    assert (await classifiers.explain("")).words == ()


async def test_of_a_text_that_is_far_too_long_the_beginning_is_sent(
    classifiers: Classifiers, server: ScriptedClassifier
) -> None:
    (verdict,) = await classifiers.classify(["awful " * 10_000])
    assert verdict.label == "negative" and len(server.requests[0]["input"][0]) == CHARACTERS_PER_TEXT


async def test_another_server_answers_where_one_is_away(
    other: ScriptedClassifier, unused_tcp_port: int
) -> None:
    classifiers = Classifiers([f"http://127.0.0.1:{unused_tcp_port}/v1", other.url])
    for _ in range(3):
        assert await classifiers.classify(["awful"]) == [UNHAPPY]
    await classifiers.aclose()
    assert len(other.requests) == 3


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_server_of_another_kind_is_left_alone_for_a_while(
    server: ScriptedClassifier, other: ScriptedClassifier, status: int
) -> None:
    server.status = status
    alone, together = Classifiers([server.url]), Classifiers([server.url, other.url])
    for _ in range(3):
        with pytest.raises(ClassifierUnavailable):
            await alone.classify(["awful"])
        assert await together.classify(["awful"]) == [UNHAPPY]
    await alone.aclose()
    await together.aclose()

    assert len(server.requests) == 2 and len(other.requests) == 3


async def test_a_head_that_one_server_does_not_have_another_one_may(
    server: ScriptedClassifier, other: ScriptedClassifier
) -> None:
    other.heads = ["sentiment@2"]
    classifiers = Classifiers([server.url, other.url])
    assert (await classifiers.classify(["awful"], model="sentiment@2"))[0].head == "sentiment@2"
    assert (await classifiers.classify(["awful"], model=HEAD))[0].head == HEAD
    with pytest.raises(ClassifierUnavailable, match="does not serve sentiment@3"):
        await classifiers.classify(["awful"], model="sentiment@3")
    assert (await classifiers.classify(["awful"], model=HEAD))[0].head == HEAD
    await classifiers.aclose()


async def test_what_the_server_lacks_is_passed_on_and_logged(
    classifiers: Classifiers, server: ScriptedClassifier, caplog: pytest.LogCaptureFixture
) -> None:
    server.status, server.detail = 503, {"error": {"message": "The encoder is missing.", "code": "x"}}
    with caplog.at_level(logging.WARNING), pytest.raises(ClassifierUnavailable, match="encoder is missing"):
        await classifiers.classify(["awful and secret"])
    assert "cannot classify: The encoder is missing." in caplog.text and "secret" not in caplog.text


async def test_a_busy_server_is_not_taken_for_broken(
    classifiers: Classifiers, server: ScriptedClassifier
) -> None:
    server.status = 429
    with pytest.raises(ClassifierUnavailable, match="too much to do"):
        await classifiers.classify(["awful"])
    server.status = 200
    assert await classifiers.classify(["awful"]) == [UNHAPPY]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"data": []},
        {"data": [{"index": 0}], "model": HEAD, "languages": []},
        {"data": [{"index": 0, "label": "x", "probs": [1.0]}], "model": HEAD, "languages": []},
    ],
)
async def test_an_answer_of_another_form_is_none(server: ScriptedClassifier, answer: object) -> None:
    server.answers_with = answer
    classifiers = Classifiers([server.url])
    with pytest.raises(ClassifierUnavailable):
        await classifiers.classify(["awful"])
    await classifiers.aclose()


async def test_the_worker_waits_for_a_server_that_comes_back(server: ScriptedClassifier) -> None:
    server.status = 429
    patient = Classifiers([server.url], patience_seconds=20)
    original = server.answer

    def recover(body: dict[str, object]) -> object:
        answer = original(body)
        server.status = 200
        return answer

    server.answer = recover  # type: ignore[method-assign, assignment]
    assert await patient.classify(["awful"]) == [UNHAPPY]
    await patient.aclose()
    assert len(server.requests) == 2
