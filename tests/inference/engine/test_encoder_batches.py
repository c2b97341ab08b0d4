"""Texts of like length pass the encoder together, whoever sent them, and each request has its turn."""

import random

import pytest

from inference.engine.encoder_batches import EncoderBatches, EncodingJob, fail


def job(*lengths: int) -> EncodingJob:
    return EncodingJob([[7] * length for length in lengths])


def widths(batch: list[tuple[EncodingJob, int]]) -> list[int]:
    return sorted(len(job.tokens[index]) for job, index in batch)


def batches_of(*jobs: EncodingJob, budget: int = 512) -> EncoderBatches:
    batches = EncoderBatches(budget)
    for one in jobs:
        batches.add(one)
    return batches


def test_requests_that_wait_together_share_a_batch() -> None:
    batches = batches_of(job(10), job(12), job(9, 11))

    assert widths(batches.take()) == [9, 10, 11, 12]
    assert batches.take() == []


def test_texts_of_unlike_length_do_not() -> None:
    batches = batches_of(job(100, 8, 90, 9))

    assert [widths(batches.take()) for _ in range(3)] == [[90, 100], [8, 9], []]


def test_a_batch_is_within_its_tokens_or_one_text() -> None:
    lengths = [random.Random(5).choice([1, 3, 20, 90, 400, 600]) for _ in range(300)]
    jobs = [job(*lengths[start : start + 50]) for start in range(0, 300, 50)]
    batches = batches_of(*jobs)
    seen: list[tuple[EncodingJob, int]] = []
    while batch := batches.take():
        assert len(batch) == 1 or len(batch) * max(widths(batch)) <= 512
        seen += batch

    assert len(seen) == len(set(seen)) == 300


def test_a_question_does_not_wait_for_all_passages_before_it() -> None:
    passages, question = job(*[400] * 1000), job(8)
    batches = batches_of(passages)
    batches.take()
    batches.add(question)
    batches.take()

    assert batches.take() == [(question, 0)]


def test_a_request_is_done_with_its_last_vector_in_the_order_of_its_texts() -> None:
    one = job(5, 300, 6)
    batches = batches_of(one)
    while batch := batches.take():
        assert not one.result.done()
        for _job, index in batch:
            one.answer(index, [float(index)])

    assert one.result.result(0).vectors == [[0.0], [1.0], [2.0]]
    assert one.result.result(0).token_count == 311


def test_a_request_without_texts_is_done_at_once() -> None:
    assert job().result.result(0).vectors == []


def test_cancelled_and_failed_requests_are_skipped() -> None:
    cancelled, failed, wanted = job(500, 500), job(500, 500), job(500)
    batches = batches_of(cancelled, failed, wanted)
    ((first, index),) = batches.take()
    assert first is cancelled
    cancelled.result.cancel()
    cancelled.answer(index, [1.0])
    fail(failed.result, ValueError("broken"))

    assert batches.take() == [(wanted, 0)] and batches.take() == []
    with pytest.raises(ValueError, match="broken"):
        failed.result.result(0)


def test_a_request_that_has_ended_cannot_fail_any_more() -> None:
    cancelled, done = job(5), job()
    cancelled.result.cancel()
    for one in (cancelled, done):
        fail(one.result, ValueError("late"))

    assert cancelled.result.cancelled() and done.result.exception(0) is None
