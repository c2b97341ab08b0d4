"""`python -m inference.training.distil` makes a small model that learns from a large one and is served."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.request import SamplingParameters
from inference.training.distil.__main__ import main
from inference.training.distil.telling import TaughtBy, Weights
from inference.training.language.batches import batch_of
from inference.training.language.dialogues import read_dialogues
from inference.training.language.examples import encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.objective import answer_loss
from tests.inference.engine.tiny import write_model
from tests.inference.training.language.tiny_training import write_base, write_data

QUICKLY = ("--threads", "1", "--learning-rate", "0.01", "--tokens-at-once", "256", "--precision", "fp32")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), train=12, test=4, turns=1)


def distil(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    """The exit status, and the lines that were told."""
    status = main([str(argument) for argument in (*QUICKLY, *arguments)])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_student_learns_its_teacher_and_is_served(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    status, lines = distil(
        capsys, "--base", base, "--data", data, "--out", out, "--steps", 30, "--layers", "0,2", "--alpha", 1
    )
    result = lines[-1]["result"]
    assert status == 0
    assert result["perplexity_after"] < result["perplexity_before"]
    assert (result["layers"], result["layers_before"]) == ([0, 2], 3)
    assert json.loads((out / "config.json").read_text())["num_hidden_layers"] == 2
    assert result["bytes"] == sum(file.stat().st_size for file in out.glob("*.safetensors"))
    network = AutoModelForCausalLM.from_pretrained(out, local_files_only=True)
    assert sum(each.numel() for each in network.parameters()) == result["parameters"]
    steps = [line for line in lines if "step" in line]
    assert steps[-1]["step"] == steps[-1]["of"] == 30

    engine = Engine(load(out, "fp32"), EngineConfig(max_batch=1, context_length=64))
    greedy = SamplingParameters(max_tokens=6, min_tokens=6, temperature=0)
    request = engine.submit([5, 6, 7], greedy, lambda _output: None)
    while engine.has_work:
        engine.step()
    asked = torch.tensor([[5, 6, 7]])
    expected = network.generate(asked, max_new_tokens=6, min_new_tokens=6, do_sample=False)[0, 3:].tolist()
    assert request.output == expected


def test_what_the_teacher_is_worth_is_told(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ("--base", base, "--data", data, "--steps", 4, "--control", "true")
    _status, lines = distil(capsys, *arguments, "--out", tmp_path / "one")
    result = lines[-1]["result"]
    assert result["control_ratio"] == pytest.approx(
        result["perplexity_after"] / result["perplexity_control"], abs=1e-3
    )

    # Of whom the teacher's word counts for nothing, learns what the student without a teacher does.
    _status, lines = distil(capsys, *arguments, "--out", tmp_path / "two", "--alpha", 0, "--hidden", 0)
    result = lines[-1]["result"]
    assert result["perplexity_after"] == pytest.approx(result["perplexity_control"], rel=1e-4)


def test_a_teacher_of_another_vocabulary_or_width_is_refused(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    other = write_model(tmp_path / "other", "llama")
    vocabulary = json.loads((other / "tokenizer.json").read_text(encoding="utf-8"))
    words = vocabulary["model"]["vocab"]
    first, second = list(words)[40:42]
    words[first], words[second] = words[second], words[first]
    (other / "tokenizer.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    out = tmp_path / "out"
    status, lines = distil(capsys, "--base", base, "--data", data, "--out", out, "--teacher", other)
    assert status == 2
    assert lines[-1]["error"].startswith("The teacher has another vocabulary")
    assert lines[-1]["code"] == "bad_setting"
    assert not out.exists()


def test_layers_that_are_not_there_are_refused(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    status, lines = distil(capsys, "--base", base, "--data", data, "--out", tmp_path / "out", "--layers", "3")
    assert status == 2
    assert lines[-1]["error"] == "A student of a teacher with 3 layers has 1 to 2 layers, not 3."


def test_the_loss_is_the_sum_of_its_parts(base: Path, data: Path):
    tokenizer, teacher, student = read_tokenizer(base), read_network(base), read_network(base)
    batch = batch_of(encode(read_dialogues(data / "train.jsonl"), tokenizer, 128)[:4])
    with torch.no_grad():
        for weight in student.parameters():
            weight.mul_(1.05)
        own = answer_loss(student, batch)

        def loss(**weights: Any) -> torch.Tensor:
            return TaughtBy(teacher, (1, 2, 3), Weights(**weights))(student, batch)

        taught, hidden = loss(alpha=1.0, hidden=0.0), loss(alpha=0.0, hidden=1.0) - own
        assert float(taught) > 0
        assert float(hidden) > 0
        torch.testing.assert_close(loss(alpha=0.25, hidden=3.0), 0.25 * taught + 0.75 * own + 3 * hidden)
        same = TaughtBy(teacher, (1, 2, 3), Weights(alpha=1.0, hidden=1.0))(teacher, batch)
        assert float(same) == pytest.approx(0.0, abs=1e-5)


def test_a_distillation_goes_on_where_it_was_killed(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def arguments(out: str, checkpoints: str) -> list[str]:
        return [
            *("--base", str(base), "--data", str(data), "--steps", "12", "--checkpoint-every", "1"),
            *("--out", str(tmp_path / out), "--checkpoints", str(tmp_path / checkpoints)),
        ]

    process = subprocess.Popen(
        [sys.executable, "-m", "inference.training.distil", *QUICKLY, *arguments("cut", "kept")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "step" in json.loads(line) and any((tmp_path / "kept" / "student").glob("*")):
            break
    process.kill()
    process.communicate()
    assert not (tmp_path / "cut").exists()
    cut, whole = (
        distil(capsys, *arguments(out, checkpoints))[1][-1]["result"]
        for out, checkpoints in (("cut", "kept"), ("whole", "new"))
    )
    assert cut["perplexity_after"] == pytest.approx(whole["perplexity_after"], rel=1e-4)


def test_checkpoints_of_another_teacher_are_refused(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ("--base", base, "--data", data, "--steps", 2, "--checkpoints", tmp_path / "kept")
    assert distil(capsys, *arguments, "--out", tmp_path / "one")[0] == 0
    status, lines = distil(capsys, *arguments, "--out", tmp_path / "two", "--temperature", 5)
    assert (status, lines[-1]["code"]) == (2, "bad_checkpoint")
