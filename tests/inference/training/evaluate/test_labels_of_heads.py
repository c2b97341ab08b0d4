"""A sentiment head is measured by the labels that people gave."""

import json

import pytest

from tests.inference.tiny_head import write_base, write_head


@pytest.fixture
def encoder(tmp_path):
    return write_base(tmp_path / "encoder")


@pytest.fixture
def head(tmp_path):
    return write_head(tmp_path / "head")


def texts(folder, *lines):
    folder.mkdir()
    (folder / "test.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    return folder


def test_accuracy_f1_and_the_confusion_matrix_are_given(measured, encoder, head, tmp_path):
    labels = ("negative", "neutral", "positive")
    lines = [
        {"id": str(number), "text": f"the lamp is {word}", "label": labels[number % 3]}
        for number, word in enumerate(["good", "bad", "awful", "kind"] * 6)
    ]

    (*steps, last) = measured(
        "--model", head, "--base", encoder, "--data", texts(tmp_path / "data", *lines), "--measures", "labels"
    )

    figures = last["result"]["figures"]
    confusion = figures["confusion"]
    assert confusion["labels"] == list(labels)
    assert [sum(row) for row in confusion["rows"]] == [8, 8, 8]
    right = sum(confusion["rows"][place][place] for place in range(3))
    assert figures["accuracy"]["value"] == pytest.approx(right / 24)
    assert figures["accuracy"]["low"] <= figures["accuracy"]["value"] <= figures["accuracy"]["high"]
    assert {"precision", "recall", "macro_f1"} <= figures.keys()
    assert len(steps) == 24


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"text": "good", "label": "joyful"}, "joyful"),
        ({"text": " ", "label": "neutral"}, "has no text"),
        ({"label": "neutral"}, "has no text"),
    ],
)
def test_other_labels_than_the_heads_are_refused(line, said, measured, encoder, head, tmp_path):
    (told,) = measured(
        "--model", head, "--base", encoder, "--data", texts(tmp_path / "data", line), "--measures", "labels"
    )

    assert said in told["error"] and told["code"] == "bad_data"


def test_a_head_without_its_encoder_is_refused(measured, head, tmp_path):
    data = texts(tmp_path / "data", {"text": "good", "label": "positive"})

    (told,) = measured("--model", head, "--base", tmp_path, "--data", data, "--measures", "labels")

    assert told["code"] == "bad_network"
