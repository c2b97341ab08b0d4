"""Visitors' questions are encoded once, and what another encoder made is not compared with it."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from chatbot.operators.workbench import unanswered
from chatbot.operators.workbench.question_vectors import vectors_of
from tests.chatbot.operators.workbench.bench import answered
from tests.scripted_encoder import MAIN, SECOND, ScriptedEncoder, scripted_encoder, vector_of

pytestmark = pytest.mark.django_db

TEXTS = ["Can I return the lamp?", "Where do I park?"]


@pytest.fixture
def encoder(settings) -> Iterator[ScriptedEncoder]:
    with scripted_encoder() as encoder:
        settings.INFERENCE_URLS = [encoder.url]
        yield encoder


def test_each_question_is_encoded_once_as_a_question(encoder):
    first = vectors_of(1, TEXTS)
    again = vectors_of(1, [*TEXTS[::-1], "Is it open?"])

    np.testing.assert_allclose(first, [vector_of(text, MAIN) for text in TEXTS], atol=1e-6)
    np.testing.assert_array_equal(again[:2], first[::-1])
    assert encoder.texts == [*TEXTS, "Is it open?"]
    assert {request["input_type"] for request in encoder.requests} == {"query"}


def test_sites_share_nothing(encoder):
    vectors_of(1, TEXTS)
    vectors_of(2, TEXTS)

    assert encoder.texts == TEXTS * 2


def test_another_encoder_begins_anew(encoder, settings):
    vectors_of(1, TEXTS)
    settings.INFERENCE_ENCODERS = [SECOND]

    np.testing.assert_allclose(vectors_of(1, TEXTS), [vector_of(text, SECOND) for text in TEXTS], atol=1e-6)


def test_an_encoder_that_is_away_gives_none_and_is_asked_again(encoder):
    encoder.refused = {MAIN}
    assert vectors_of(1, TEXTS) is None

    encoder.refused = set()
    # A server that failed is left alone for a while by those who know; this page begins with nobody.
    assert vectors_of(1, TEXTS) is not None


def test_what_was_done_before_it_went_away_is_kept(encoder):
    vectors_of(1, TEXTS)
    encoder.refused = {MAIN}

    assert vectors_of(1, [*TEXTS, "Is it open?"]) is None
    assert vectors_of(1, TEXTS) is not None


def test_questions_are_grouped_by_meaning_where_there_is_an_encoder(encoder, site):
    for text in (TEXTS[0], "can I return the lamp", TEXTS[1]):
        answered(site, text, kind="unknown")

    overview = unanswered.overview(site, timezone.now() - timedelta(days=1))

    assert overview.by_meaning
    assert [len(group.questions) for group in overview.groups] == [2, 1]
