import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.scripted_classifier import HEAD, ScriptedClassifier, scripted_classifier

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: LazySettings) -> Iterator[ScriptedClassifier]:
    """A model server at the address that the settings name; it runs already, so that none is started."""
    with scripted_classifier() as server:
        settings.INFERENCE_URLS = [server.url]
        yield server


def evaluate(folder: Path, content: str, **options: str) -> dict[str, object]:
    (folder / "messages.jsonl").write_text(content, encoding="utf-8")
    call_command(
        "evaluate",
        "sentiment",
        dataset=folder / "messages.jsonl",
        json=folder / "figures.json",
        **options,
    )
    figures: dict[str, object] = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    return figures


def lines(*pairs: tuple[str, str]) -> str:
    return "\n".join(json.dumps({"text": text, "label": label}) for text, label in pairs)


def test_every_message_is_judged_by_the_model_server(server: ScriptedClassifier, tmp_path: Path):
    content = lines(
        ("awful", "negative"), ("a lamp", "neutral"), ("lovely", "positive"), ("awful", "neutral")
    )
    figures = evaluate(tmp_path, content)
    assert (figures["head"], figures["rows"], figures["accuracy"]) == (HEAD, 4, 0.75)
    assert figures["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert isinstance(figures["texts_per_second"], float) and figures["texts_per_second"] > 0
    assert "three_class" not in figures and figures["unsure"] == 0


def test_a_set_of_two_labels_is_judged_among_those(server: ScriptedClassifier, tmp_path: Path):
    figures = evaluate(tmp_path, lines(("awful", "negative"), ("a lamp, lovely", "positive")))
    assert set(figures["classes"]) == {"negative", "positive"}  # type: ignore[call-overload]
    assert figures["macro_f1"] == 1
    assert "three_class" in figures


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "messages.jsonl has no lines"),
        ("{no json", "messages.jsonl, line 1: this is no JSON"),
        (
            lines(("fine", "positive"), ("fine", "happy")),
            "line 2: the label “happy” is none of negative, neutral",
        ),
        ('{"text": " ", "label": "neutral"}', "line 1: “text” must be a text that is not empty"),
        ('{"text": "fine"}', "line 1: “label” must be a text"),
    ],
)
def test_a_bad_line_is_named_with_what_is_expected(tmp_path: Path, content: str, says: str):
    with pytest.raises(CommandError) as error:
        evaluate(tmp_path, content)
    assert says in str(error.value)


def test_a_head_that_is_not_there_is_named(server: ScriptedClassifier, tmp_path: Path):
    with pytest.raises(CommandError, match="No sentiment head is called sentiment@77"):
        evaluate(tmp_path, lines(("awful", "negative")), head="sentiment@77")
