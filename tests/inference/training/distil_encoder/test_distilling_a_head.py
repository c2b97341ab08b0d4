"""A sentiment head on a few layers learns from one on all of them, and is served and explained at once."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from inference.engine.loop import EngineLoop
from inference.engine.sentiment_facts import HeadError, read_facts
from inference.engine.sentiment_head import read_head
from inference.engine.sentiment_network import assemble, load_network
from inference.engine.turns import Turns
from inference.server.app import create_app
from inference.server.heads import Heads
from inference.server.served_head import ServedHead
from inference.training.distil_encoder.__main__ import main
from inference.training.distil_encoder.distilling import distil
from inference.training.distil_encoder.lessons import lessons, read
from inference.training.distil_encoder.material import Material, unlabelled
from inference.training.distil_encoder.plan import Plan
from inference.training.distil_encoder.student import Student, Weights
from inference.training.sentiment.batches import batch_of
from inference.training.sentiment.examples import Example, certain
from inference.training.sentiment.label_files import read_label_files
from inference.training.sentiment.loop import Settings
from inference.training.sentiment.retraining import retrain
from tests.eventually import eventually
from tests.inference.tiny_sentiment import OTHERS, WORDS, head, write_encoder, write_labels

QUICK = Settings(epochs=12, learning_rate=1e-2, rank=8, dropout=0.0, augment=False)
PLAN = Plan(layers="1", weights=Weights(temperature=2.0, alpha=1.0, hidden=0.5), settings=QUICK)
TEXTS = [f"{a} {word} {b} 7" for words in WORDS.values() for word in words for a in OTHERS for b in OTHERS]


def ignore(_line: dict[str, Any]) -> None:
    """Nobody reads what is told."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def teacher(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head that has learnt which words are good and which are bad."""
    folder = tmp_path_factory.mktemp("teacher")
    head(temperature=1.0).write(folder / "random")
    labels = read_label_files([write_labels(folder / "labels.jsonl", 600, language="en")])
    settings = Settings(epochs=12, learning_rate=5e-3)
    learned, _result = retrain(base, folder / "random", labels, [], 4, ignore, settings)
    learned.write(folder / "head")
    return folder / "head"


@pytest.fixture(scope="module")
def student(base: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One layer of the teacher's two, which learnt from texts that nobody labelled."""
    material = Material()
    material.add_texts(TEXTS, seed=1)
    learned, _result = distil(base, teacher, material, PLAN, ignore)
    folder = tmp_path_factory.mktemp("student") / "head"
    learned.write(folder)
    return folder


def test_a_student_says_what_its_teacher_says_without_any_label(base: Path, teacher: Path):
    material = Material()
    material.add_texts(TEXTS, seed=1)
    told: list[dict[str, Any]] = []
    learned, result = distil(base, teacher, material, PLAN, told.append)
    untaught = Plan("1", PLAN.weights, Settings(epochs=1, learning_rate=1e-9, rank=8, augment=False))
    _unlearned, before = distil(base, teacher, material, untaught, ignore)
    assert result["agreement"] > 0.85
    assert result["agreement"] > before["agreement"] + 0.1
    assert result["measured_on"] == "labels of the teacher"
    assert result["before"]["macro_f1"] == 1.0
    assert result["macro_f1_ratio"] == result["macro_f1_after"] == result["after"]["macro_f1"]
    assert result["train"] == result["unlabelled"]
    assert (result["layers"], result["layers_before"], result["kept_layers"]) == (1, 2, [0])
    assert learned.facts.layers == (0,)
    assert learned.facts.metrics["agreement"] == result["agreement"]
    assert any("teacher has read" in line.get("text", "") for line in told)
    assert [line for line in told if "step" in line][-1]["seconds_left"] == 0


def test_a_student_has_fewer_layers_in_memory(base: Path, teacher: Path, student: Path):
    assert len(load_network(base, teacher).layers) == 2
    small = load_network(base, student)
    assert len(small.layers) == 1
    assert small.encoder.config.num_hidden_layers == 1
    # The encoder that both share stays whole.
    assert len(load_network(base, teacher).layers) == 2


async def test_the_student_is_served_and_explained(base: Path, student: Path):
    served = ServedHead("sentiment@2", student, base)
    heads = Heads(lambda _wanted: served, Turns())
    app = create_app(EngineLoop(lambda: None), model_name="late@1", heads=heads)  # type: ignore[arg-type, return-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        body = {"model": "sentiment@2", "input": ["the lovely lamp", "the awful lamp"], "explain": True}
        answer = await client.post("/v1/classify", json=body, timeout=60)
    await heads.stop()
    assert answer.status_code == 200, answer.text
    rows = answer.json()["data"]
    expected = load_network(base, student).classify(body["input"])
    assert [row["label"] for row in rows] == [
        load_network(base, student).label_of(probabilities) for probabilities in expected
    ]
    for row, probabilities in zip(rows, expected, strict=True):
        assert row["probs"] == pytest.approx(probabilities, abs=0.01)
        pulls = {word["text"]: word["pull"] for word in row["words"]}
        assert pulls.keys() >= {"the", "lamp"}
        negative, _neutral, positive = row["probs"]
        assert row["baseline"] + sum(pulls.values()) == pytest.approx(positive - negative, abs=0.02)


def test_a_company_can_go_on_training_the_student(base: Path, student: Path, tmp_path: Path):
    texts = read_label_files([write_labels(tmp_path / "labels.jsonl", 120, language="en")])
    learned, result = retrain(base, student, texts, [], 4, ignore, Settings(epochs=1, learning_rate=1e-3))
    assert learned.facts.layers == (0,)
    assert result["after"]["macro_f1"] >= result["before"]["macro_f1"]


def test_the_loss_is_the_sum_of_its_parts(base: Path, teacher: Path):
    examples = [
        unlabelled("the lovely lamp"),
        Example("the awful lamp", certain("negative")),
        Example("my parcel was late", certain("negative"), known=(True, False, True)),
    ]
    told = lessons(assemble(base, read_head(teacher), torch.float32), examples, 1, ignore)

    def loss(**weights: float) -> float:
        student = Student(base, read_head(teacher), (0,), QUICK, Weights(**weights))
        batch = batch_of(told, student.network.tokenize([each.text for each in told]))
        return float(student.loss(batch).detach())

    only_people, only_teacher = loss(alpha=0.0, hidden=0.0), loss(alpha=1.0, hidden=0.0)
    only_states = loss(alpha=0.0, hidden=1.0) - only_people
    assert min(only_people, only_teacher, only_states) > 0.001
    together = loss(alpha=0.3, hidden=2.0)
    assert together == pytest.approx(0.7 * only_people + 0.3 * only_teacher + 2 * only_states, rel=0.02)


def test_a_student_of_all_layers_begins_as_its_teacher(base: Path, teacher: Path):
    student = Student(base, read_head(teacher), (0, 1), QUICK, Weights())
    network = load_network(base, teacher, torch.float32)
    expected, _meanings = read(network, TEXTS[:20])
    found = student.logits(TEXTS[:20]) / network.facts.temperature
    torch.testing.assert_close(found, expected, atol=0.15, rtol=0.05)


def test_a_student_of_a_student_names_layers_of_the_encoder(base: Path, teacher: Path):
    first = Student(base, read_head(teacher), (1,), QUICK, Weights())
    assert first.facts.layers == (1,)
    second = Student(base, first.head(first.facts), (0,), QUICK, Weights())
    assert second.facts.layers == (1,)


def test_a_head_of_layers_that_the_encoder_lacks_is_refused(base: Path, student: Path, tmp_path: Path):
    for name in ("head.json", "weights.safetensors"):
        (tmp_path / name).write_bytes((student / name).read_bytes())
    facts = json.loads((tmp_path / "head.json").read_text(encoding="utf-8"))
    for layers, says in (([7], "The head belongs to another encoder"), ([1, 0], "no rising numbers")):
        (tmp_path / "head.json").write_text(json.dumps({**facts, "layers": layers}), encoding="utf-8")
        with pytest.raises(HeadError, match=says):
            load_network(base, tmp_path)


def dialogues(folder: Path) -> Path:
    folder.mkdir()
    for name, some in (("train", TEXTS[::2]), ("validation", TEXTS[1:40:4]), ("test", TEXTS[3:80:4])):
        lines = [
            {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]}
            for text in some
        ]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def program(base: Path, teacher: Path, data: Path, out: Path) -> list[str]:
    return [
        *("--base", str(base), "--head", str(teacher), "--data", str(data), "--out", str(out)),
        *("--threads", "1", "--layers", "1", "--epochs", "2", "--checkpoint-every", "1"),
    ]


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_program_reads_dialogues_and_writes_a_head(
    base: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    more = tmp_path / "more.jsonl"
    more.write_text(
        "".join(json.dumps({"text": f"{text} 8"}) + "\n" for text in TEXTS[:50]), encoding="utf-8"
    )
    data, out = dialogues(tmp_path / "data"), tmp_path / "out"
    assert main([*program(base, teacher, data, out), "--unlabelled", str(more)]) == 0
    result = last_line(capsys)["result"]
    assert result["measured_on"] == "labels of the teacher"
    assert result["unlabelled"] == result["train"] == len(TEXTS[::2]) + 40
    assert result["speed_ratio"] > 0
    assert result["bytes"] == sum(file.stat().st_size for file in out.iterdir())
    assert read_facts(out).layers == (0,)


def test_the_program_reads_labelled_texts(
    base: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    data.mkdir()
    write_labels(data / "train.jsonl", 60, language="en", split="train")
    write_labels(data / "test.jsonl", 20, ("negative", "positive"), language="en", split="test")
    (data / "validation.jsonl").write_text("", encoding="utf-8")
    assert main(program(base, teacher, data, tmp_path / "out")) == 0
    result = last_line(capsys)["result"]
    assert result["measured_on"] == "labels of people"
    assert (result["train"], result["unlabelled"]) == (54, 0)
    assert result["after"]["languages"]["en"]["rows"] == 20


async def test_a_distillation_goes_on_where_it_was_killed(
    base: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = dialogues(tmp_path / "data")

    def arguments(out: str, checkpoints: str) -> list[str]:
        told = program(base, teacher, data, tmp_path / out)
        return [*told, "--checkpoints", str(tmp_path / checkpoints)]

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inference.training.distil_encoder", *arguments("cut", "kept")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    await eventually(lambda: any((tmp_path / "kept" / "student").glob("step-*")), 60)
    process.kill()
    await process.wait()
    assert not (tmp_path / "cut").exists()
    assert main(arguments("cut", "kept")) == 0
    assert "The teacher has read" not in capsys.readouterr().out
    assert main(arguments("whole", "new")) == 0
    cut, whole = (read_head(tmp_path / name) for name in ("cut", "whole"))
    torch.testing.assert_close(cut.classifier, whole.classifier)
    assert cut.updates.keys() == whole.updates.keys()
    for name, (up, down) in cut.updates.items():
        torch.testing.assert_close((up, down), whole.updates[name])

    assert main([*arguments("other", "kept"), "--temperature", "5"]) == 2
    assert last_line(capsys)["code"] == "bad_checkpoint"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "There are 0 texts to learn from"),
        ("{no json", "line 1: this is no JSON"),
        ('{"text": "late", "label": "cross"}', "line 1: the label “cross” is none of"),
        ('{"messages": [{"role": "user", "content": "late"}]}', "There are 1 texts to learn from"),
    ],
)
def test_data_that_teaches_nothing_is_refused_in_one_sentence(
    base: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, says: str
):
    for name in ("train", "validation", "test"):
        (tmp_path / f"{name}.jsonl").write_text(content, encoding="utf-8")
    assert main(program(base, teacher, tmp_path, tmp_path / "out")) == 2
    line = last_line(capsys)
    assert says in line["error"]
    assert line["code"] == "bad_data"
    assert not (tmp_path / "out").exists()


def test_a_teacher_that_is_no_head_is_refused(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(program(base, tmp_path, dialogues(tmp_path / "data"), tmp_path / "out")) == 2
    line = last_line(capsys)
    assert (line["code"], "is no sentiment head" in line["error"]) == ("bad_network", True)
