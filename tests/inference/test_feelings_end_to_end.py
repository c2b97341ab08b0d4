"""The head that comes along, with its real encoder, in a real model server, asked as web and worker ask."""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from inference.classifying import Classifiers, Verdict
from inference.installation.heads import SHIPPED_HEAD
from tests.browser.installation import Installation
from tests.inference.engine.tiny import write_model
from tests.processes import manage

CLEAR = {
    "Thank you so much, this was wonderful and quick!": "positive",
    "This is terrible. I am angry and I want my money back!": "negative",
    "谢谢，服务非常好，我很满意。": "positive",
    "太差了，质量很糟糕，非常失望。": "negative",
}
LONG = "The lamp is broken, nobody answers me, and I am really disappointed. " * 150


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, real_encoder: Path) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("feelings")
    models = folder / "models" / real_encoder.parent.name
    models.mkdir(parents=True)
    shutil.copytree(real_encoder, models / real_encoder.name, copy_function=os.link)
    installation = Installation(folder, "http://127.0.0.1")
    installation.begin()
    writer = write_model(folder / "writer")
    for arguments in ([str(writer), "--name", "writer"], [real_encoder.parent.name], ["sentiment"]):
        manage(installation.environment, "installmodel", *arguments, "--verbosity=0")
    installation.start_model_server()
    yield installation
    installation.stop()


@pytest.fixture
async def classifiers(installation: Installation) -> Classifiers:
    # The server loads encoder and head only after it is ready to write.
    return Classifiers([installation.environment["INFERENCE_URLS"]], timeout_seconds=60, patience_seconds=60)


async def test_clear_feelings_are_told_in_both_languages(classifiers: Classifiers) -> None:
    verdicts = await classifiers.classify(list(CLEAR))
    assert {text: verdict.label for text, verdict in zip(CLEAR, verdicts, strict=True)} == CLEAR
    assert {(verdict.head, verdict.languages) for verdict in verdicts} == {("sentiment@1", ("en", "zh"))}
    await classifiers.aclose()


async def test_texts_without_words_or_without_end_get_a_verdict(classifiers: Classifiers) -> None:
    empty, faces, long = await classifiers.classify(["", "😀😀", LONG])
    assert empty.label == "unsure" and long.score < 0
    for verdict in (empty, faces, long):
        assert verdict.negative + verdict.neutral + verdict.positive == pytest.approx(1, abs=1e-4)
    await classifiers.aclose()


@pytest.mark.parametrize("text", [*list(CLEAR)[1:3], "It was late, but Anna was very kind to me.", "😡"])
async def test_the_pulls_of_words_add_up(classifiers: Classifiers, text: str) -> None:
    explanation = await classifiers.explain(text)
    total = explanation.baseline + sum(word.pull for word in explanation.words)
    assert total == pytest.approx(explanation.verdict.score, abs=0.02)
    assert all(text[word.start : word.end] == word.text for word in explanation.words)
    await classifiers.aclose()


async def test_an_angry_word_pulls_down_and_a_kind_one_up(classifiers: Classifiers) -> None:
    explanation = await classifiers.explain("The food was horrible, but the waiter was wonderful.")
    pulls = {word.text: word.pull for word in explanation.words}
    assert pulls["horrible"] == min(pulls.values()) and pulls["wonderful"] == max(pulls.values())
    await classifiers.aclose()


async def test_a_head_activated_meanwhile_judges_within_seconds(
    installation: Installation, classifiers: Classifiers, tmp_path: Path
) -> None:
    own = shutil.copytree(SHIPPED_HEAD, tmp_path / "own")
    facts = json.loads((own / "head.json").read_text())
    (own / "head.json").write_text(json.dumps({**facts, "unsure_below": 1.0}))
    command = ("installmodel", str(own), "--activate", "--verbosity=0")
    await asyncio.to_thread(manage, installation.environment, *command)

    async def verdict(model: str | None = None) -> Verdict:
        (found,) = await classifiers.classify([next(iter(CLEAR))], model)
        return found

    deadline = time.monotonic() + 20
    while (found := await verdict()).head != "sentiment@2":
        assert time.monotonic() < deadline
    assert found.label == "unsure"
    assert (await verdict("sentiment@1")).label == "positive"
    async with httpx.AsyncClient(trust_env=False) as http:
        models = (await http.get(f"{installation.environment['INFERENCE_URLS']}/models")).json()["data"]
    assert [model["id"] for model in models if model["kind"] == "sentiment"] == ["sentiment@2", "sentiment@1"]
    await classifiers.aclose()
