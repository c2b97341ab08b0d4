import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inference.engine.sentiment_facts import read_facts
from inference.engine.sentiment_head import read_head
from inference.training.json_lines import BadLines
from inference.training.sentiment.label_files import BadLabels, divide, read_label_files
from inference.training.sentiment.loop import Settings
from inference.training.sentiment.retraining import retrain
from tests.inference.tiny_sentiment import head, write_encoder, write_labels

# So small a network needs larger steps.
QUICKLY = Settings(epochs=4, learning_rate=5e-3)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("head")
    head().write(folder)
    return folder


def command(base: Path, start: Path, labels: Path, out: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "inference.training.sentiment", "train", "--threads", "1"),
        *("--base", str(base), "--start", str(start), "--labels", str(labels), "--out", str(out)),
    ]


def test_a_head_learns_what_people_labelled_and_the_same_again_with_the_same_seed(
    base: Path, start: Path, tmp_path: Path
):
    texts = read_label_files([write_labels(tmp_path / "labels.jsonl", 600, language="en")])
    told: list[dict[str, object]] = []
    learned, result = retrain(base, start, texts, [], 4, told.append, QUICKLY)
    assert result["after"]["macro_f1"] > result["before"]["macro_f1"] + 0.2
    assert result["train"] + result["calibration"] + result["after"]["rows"] == 600
    assert result["after"]["languages"]["en"]["rows"] == result["after"]["rows"]
    assert learned.facts.data[-1]["rows"] == 600
    assert [line for line in told if "step" in line][-1]["seconds_left"] == 0

    again, _result = retrain(base, start, texts, [], 4, told.append, QUICKLY)
    other, _result = retrain(base, start, texts, [], 5, told.append, QUICKLY)
    assert again.classifier.equal(learned.classifier)
    assert not other.classifier.equal(learned.classifier)


def test_opinions_of_unlabelled_messages_are_kept(base: Path, start: Path, tmp_path: Path):
    texts = read_label_files([write_labels(tmp_path / "labels.jsonl", 120)])
    unlabelled = [f"{word} lamp {number}" for word in ("the", "my", "was") for number in range(100)]

    def moved(unlabelled: list[str]) -> float:
        learned, _result = retrain(base, start, texts, unlabelled, 4, lambda _line: None, QUICKLY)
        learned.write(tmp_path / str(len(unlabelled)))
        return distance(base, start, tmp_path / str(len(unlabelled)))

    assert moved(unlabelled) < moved([])


def distance(base: Path, one: Path, other: Path) -> float:
    import torch

    from inference.engine.sentiment_network import load_network

    probe = ["the lamp", "my lamp", "was lamp"]
    found = [torch.tensor(load_network(base, each, torch.float32).classify(probe)) for each in (one, other)]
    return float((found[0] - found[1]).abs().mean())


def test_the_command_tells_its_progress_and_writes_a_head(base: Path, start: Path, tmp_path: Path):
    labels = write_labels(tmp_path / "labels.jsonl", 90)
    done = subprocess.run(
        command(base, start, labels, tmp_path / "out"), capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"epoch": 1, "of": 4} in lines
    assert lines[-1]["result"]["after"]["confusion"]
    assert read_facts(tmp_path / "out").metrics["after"] == lines[-1]["result"]["after"]
    assert read_head(tmp_path / "out").updates.keys() == head().updates.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.jsonl", "out"]


def test_a_terminated_training_leaves_nothing(base: Path, start: Path, tmp_path: Path):
    labels = write_labels(tmp_path / "labels.jsonl", 4000)
    process = subprocess.Popen(
        command(base, start, labels, tmp_path / "out"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert (tmp_path / ".partial-out").is_dir()
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["labels.jsonl"]


def line(label: str = "negative", text: str = "late", **more: str) -> str:
    return json.dumps({"text": text, "label": label, **more}, ensure_ascii=False)


def many(label: str, count: int) -> str:
    return "\n".join(line(label, f"{label} {number}") for number in range(count))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (line("happy"), "line 1: the label “happy” is none of negative, neutral, positive"),
        (line() + "\n\n" + line(text=" "), "line 3: “text” must be a text that is not empty"),
        (line(split="half"), "line 1: the split “half” is neither train nor test"),
        ("{no json", "line 1: this is no JSON"),
        ("[1]", "line 1: each line must be an object"),
        (line(), "There are 1 labelled messages to learn from, and at least 30 are needed"),
        (many("negative", 40), "All labelled messages are negative"),
        (many("negative", 40) + "\n" + many("neutral", 4), "Only 4 labelled messages are neutral"),
        ("", "There are 0 labelled messages"),
    ],
)
def test_labels_that_teach_nothing_are_refused_in_one_sentence(content: str, says: str, tmp_path: Path):
    (tmp_path / "labels.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(BadLines) as error:
        divide(read_label_files([tmp_path / "labels.jsonl"]), seed=1)
    assert says in str(error.value)


def test_the_command_refuses_bad_labels_with_one_sentence(base: Path, start: Path, tmp_path: Path):
    labels = tmp_path / "labels.jsonl"
    labels.write_text(line("happy"), encoding="utf-8")
    done = subprocess.run(command(base, start, labels, tmp_path / "out"), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].endswith("is none of negative, neutral, positive.")
    assert not (tmp_path / "out").exists()


def test_the_last_label_of_a_text_counts(tmp_path: Path):
    (tmp_path / "old.jsonl").write_text(line("negative", "fine"), encoding="utf-8")
    (tmp_path / "new.jsonl").write_text(line("positive", "fine"), encoding="utf-8")
    (only,) = read_label_files([tmp_path / "old.jsonl", tmp_path / "new.jsonl"])
    assert only.example.label == "positive"


def test_a_large_file_without_neutral_messages_says_nothing_of_neutral(tmp_path: Path):
    two = read_label_files([write_labels(tmp_path / "two.jsonl", 60, ("negative", "positive"))])
    few = read_label_files([write_labels(tmp_path / "few.jsonl", 20, ("negative", "positive"))])
    three = read_label_files([write_labels(tmp_path / "three.jsonl", 60)])
    assert {text.example.known for text in two} == {(True, False, True)}
    assert {text.example.known for text in [*few, *three]} == {(True, True, True)}


def test_lines_stay_in_the_part_that_they_name(tmp_path: Path):
    train = write_labels(tmp_path / "train.jsonl", 120, split="train")
    (tmp_path / "test.jsonl").write_text(line("negative", "held back", split="test"), encoding="utf-8")
    parts = divide(read_label_files([train, tmp_path / "test.jsonl"]), seed=1)
    assert [example.text for example in parts.test] == ["held back"]
    assert len(parts.train) + len(parts.calibration) == 120
    with pytest.raises(BadLabels, match="Every message is marked for training"):
        divide(read_label_files([train]), seed=1)
