"""Questions are made anew, answers never; what is made asks the same, is marked, and is only learnt from."""

import asyncio
import json
import random
from contextlib import suppress

import numpy as np
import pytest

from chatbot.workshop.data_sets import asking, jobs
from chatbot.workshop.data_sets.augmenting.checking import could_be
from chatbot.workshop.data_sets.augmenting.edits import edited
from chatbot.workshop.data_sets.versions import make_version
from chatbot.workshop.models import PARTS, DataJob, DataSource, Example
from tests.chatbot.workshop.data_sets.conftest import dialogue, fill, many

pytestmark = pytest.mark.django_db


def augment(data_set, **settings):
    """Make synthetic examples as the worker does."""
    job = asking.ask(data_set, DataJob.Kind.AUGMENT, settings=settings, by=None, by_worker=False)
    jobs.carry_out(DataJob.objects.claim(job.public_id))
    job.refresh_from_db()
    return job


def test_words_are_edited_with_the_questions_own_words():
    question = "why does my lamp not work any more since monday"
    made = [edited(question, 0.2, random.Random(seed)) for seed in range(50)]

    assert made == [edited(question, 0.2, random.Random(seed)) for seed in range(50)]
    assert question not in made and len(set(made)) > 20
    assert all(set(one.split()) <= set(question.split()) for one in made if one)


def test_chinese_is_edited_by_characters_and_short_questions_not_at_all():
    question = "我的台灯坏了怎么办"

    made = edited(question, 0.2, random.Random(1))

    assert made != question and set(made) <= set(question)
    assert edited("Why not?", 0.2, random.Random(1)) is None


def test_edits_leave_answers_alone_and_say_what_they_were_made_of(data_set):
    parents = {example.pk: example for example in fill(data_set, *many(20))}

    job = augment(data_set, method="edits", examples=10, percent=10, seed=1)

    made = list(Example.objects.filter(synthetic="edits"))
    assert (job.state, job.detail, len(made)) == ("done", "10", 10)
    assert DataSource.objects.get(kind="augmentation").settings["percent"] == 10
    for example in made:
        parent = parents[example.parent_id]
        assert example.messages[1] == parent.messages[1]
        assert example.messages[0]["content"] != parent.messages[0]["content"]
        assert example.group == parent.group


def test_what_a_machine_made_is_in_the_train_part_only(data_set):
    fill(data_set, *many(60))
    augment(data_set, method="edits", examples=60, percent=10, seed=1)

    version = make_version(data_set, seed=1, by=None)

    made = set(Example.objects.filter(synthetic="edits").values_list("public_id", flat=True))
    parents = dict(Example.objects.filter(synthetic="edits").values_list("public_id", "parent__public_id"))
    parts = {
        part: {json.loads(line)["id"] for line in (version.folder / f"{part}.jsonl").read_text().splitlines()}
        for part in PARTS
    }
    assert not made & (parts["validation"] | parts["test"])
    assert made & parts["train"]
    assert all(parents[one] in parts["train"] for one in made & parts["train"])
    assert "Edits of words" in version.card


@pytest.mark.parametrize(
    ("made", "could"),
    [
        ("How come the lamp is dark now?", True),
        ("why is the lamp dark now", False),
        ("", False),
        ("Why?", False),
        ("为什么台灯不亮了呢", False),
        ("Here are ten ways to ask. " * 10, False),
    ],
)
def test_what_is_no_other_text_of_that_length_and_language_is_dropped(made, could):
    assert could_be("Why is the lamp dark now?", made) is could


def encoders_that_say(monkeypatch, cosine):
    """Let the second text of each pair have this cosine to the first, by what it says."""

    class Scripted:
        async def embed(self, texts, purpose="query", model=None):
            rows = []
            for first, second in zip(texts[::2], texts[1::2], strict=True):
                like = cosine(first, second)
                rows += [[1.0, 0.0], [like, (1 - like**2) ** 0.5]]
            return np.array(rows, np.float32)

        async def aclose(self):
            pass

    from chatbot.workshop.data_sets.augmenting import running

    monkeypatch.setattr(running, "encoders_for_passages", Scripted)


def serve(settings, answer):
    """Serve a scripted model beside the test, in a thread of its own."""
    import threading

    from tests.scripted_model import scripted_model

    started, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run():
        async with scripted_model() as model:
            model.answer = answer
            settings.INFERENCE_URLS = [model.url]
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert started.wait(20)

    def end():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()

    return end


@pytest.mark.django_db(transaction=True)
def test_paraphrases_are_kept_when_they_mean_the_same(data_set, settings, monkeypatch):
    fill(
        data_set,
        *(dialogue(f"Why is lamp {number} so dark today?", f"Answer {number}") for number in range(6)),
    )
    encoders_that_say(monkeypatch, lambda _one, other: 0.9 if "2" in other or "3" in other else 0.5)
    end = serve(settings, lambda question: [f"Tell me: {question}"])
    try:
        job = augment(data_set, method="paraphrase", examples=6, likeness=85, seed=1)
    finally:
        end()

    assert (job.state, job.detail) == ("done", "2"), job.message
    made = set(Example.objects.filter(synthetic="paraphrase").values_list("parent__line", flat=True))
    assert made == {3, 4}


@pytest.mark.django_db(transaction=True)
def test_a_model_that_cannot_translate_is_told_so(data_set, settings, monkeypatch):
    fill(data_set, *many(5))
    encoders_that_say(monkeypatch, lambda _one, _other: 1.0)
    end = serve(settings, lambda question: [question])
    try:
        job = augment(data_set, method="translation", examples=5, likeness=85, pivot="zh", seed=1)
    finally:
        end()

    assert (job.state, job.message, job.detail) == ("failed", "cannot_translate", "0 / 5")
    assert not Example.objects.exclude(synthetic="").exists()
    assert not DataSource.objects.filter(kind="augmentation").exists()


def test_without_a_model_server_nothing_is_made_and_that_is_said(data_set, settings):
    fill(data_set, *many(5))
    settings.INFERENCE_URLS = ["http://127.0.0.1:9/v1"]
    settings.REPLY_PATIENCE_SECONDS = 0.1

    job = augment(data_set, method="paraphrase", examples=5, likeness=85, seed=1)

    assert (job.state, job.message) == ("failed", "no_model")
    assert not DataSource.objects.filter(kind="augmentation").exists()
