"""Fine-tuning from a shell: what it gives, what it refuses, and how it goes on after it was killed."""

import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from inference.training.finetune.__main__ import main
from inference.training.language.dialogues import read_data
from inference.training.language.examples import encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.perplexity import perplexity_of
from tests.inference.training.language.programs import command, finished, killed_when, start
from tests.inference.training.language.tiny_training import write_base, write_data, write_lines

# So small a network needs larger steps.
QUICKLY = {"learning_rate": 0.01, "epochs": 3, "tokens_at_once": 256, "precision": "fp32", "longest": 512}


@pytest.fixture(scope="module")
def whole(
    base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[dict[str, Any]]]:
    """What a fine-tuning that nothing interrupted wrote and printed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    status, lines = finished(command("finetune", base, data, out, keep_adapters="true", **QUICKLY))
    assert status == 0, lines
    return out, lines


def test_it_learns_and_writes_a_model_as_good_as_it_says(whole, base: Path, data: Path):
    out, lines = whole
    steps, result = [line for line in lines if "step" in line], lines[-1]["result"]
    assert steps[-1]["step"] == steps[-1]["of"] == result["steps"] and steps[-1]["seconds_left"] == 0
    assert result["losses"][-1][1] < 0.6 * result["losses"][0][1]
    assert result["perplexity_after"] < 0.1 * result["perplexity_before"]
    assert result["tokens_per_second"] > 0 and result["seconds"] >= result["training_seconds"]
    test = encode(read_data(data).test, read_tokenizer(out), 512)
    assert perplexity_of(read_network(out), test).value == pytest.approx(result["perplexity_after"], rel=1e-4)
    assert perplexity_of(read_network(base), test).value == pytest.approx(
        result["perplexity_before"], rel=1e-4
    )
    assert load_file(out / "model.safetensors").keys() == load_file(base / "model.safetensors").keys()
    assert result["bytes"] == (out / "model.safetensors").stat().st_size
    assert sorted(path.name for path in (out / "adapters").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert str(base) not in (out / "adapters" / "adapter_config.json").read_text()


def test_every_weight_can_learn(base: Path, data: Path, tmp_path: Path):
    options = {**QUICKLY, "method": "full", "learning_rate": 0.003}
    _status, lines = finished(command("finetune", base, data, tmp_path / "out", **options))
    assert lines[-1]["result"]["perplexity_after"] < 0.1 * lines[-1]["result"]["perplexity_before"]
    before, after = load_file(base / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert all(not after[name].equal(weight) for name, weight in before.items())


@pytest.mark.parametrize("number", [1, 2])
def test_killed_at_any_step_it_goes_on_to_the_same_weights(
    whole, base: Path, data: Path, tmp_path: Path, number: int
):
    checkpoints = tmp_path / "checkpoints"
    out, lines = whole
    last = random.Random(number).randrange(1, lines[-1]["result"]["steps"] - 1)
    arguments = command(
        "finetune", base, data, tmp_path / "out", checkpoints=checkpoints, checkpoint_every=1, **QUICKLY
    )
    killed_when(arguments, lambda: (checkpoints / f"step-{last:08d}").is_dir())
    assert not (tmp_path / "out").exists()
    _status, resumed = finished(arguments)
    assert resumed[-1]["result"]["resumed_at"] >= last
    assert resumed[-1]["result"]["losses"] == lines[-1]["result"]["losses"]
    expected, found = load_file(out / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    assert all(found[name].equal(weight) for name, weight in expected.items())


def test_two_processes_learn_what_one_learns(base: Path, data: Path, tmp_path: Path):
    # Sums in another order round otherwise, of which so small and random a network makes more at every large
    # step, more on some processors than on others.
    gently = {**QUICKLY, "learning_rate": 0.001}
    _status, by_one = finished(command("finetune", base, data, tmp_path / "one", **gently))
    arguments = command("finetune", base, data, tmp_path / "out", **gently)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    status, lines = finished(arguments, *launcher)
    assert status == 0
    one, two = by_one[-1]["result"], lines[-1]["result"]
    assert (one["processes"], two["processes"]) == (1, 2) and one["steps"] == two["steps"]
    alone, together = ([loss for _step, loss in each["losses"]] for each in (one, two))
    assert together[:10] == pytest.approx(alone[:10], rel=1e-2)
    assert sum(together) == pytest.approx(sum(alone), rel=1e-2)
    assert len([line for line in lines if "result" in line]) == 1
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_a_cancelled_one_leaves_nothing(base: Path, data: Path, tmp_path: Path):
    process = start(command("finetune", base, data, tmp_path / "out", **{**QUICKLY, "epochs": 100}))
    assert process.stdout is not None
    while '"step"' not in process.stdout.readline():
        assert process.poll() is None
    assert list(tmp_path.iterdir()) == [tmp_path / ".partial-out"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_what_will_not_do_is_refused_in_one_sentence_and_leaves_nothing(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one = write_data(tmp_path / "one", train=1)
    unanswered = write_data(tmp_path / "unanswered")
    write_lines(unanswered / "train.jsonl", [{"messages": [{"role": "user", "content": "Where?"}]}] * 3)
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())
    (pickled / "pytorch_model.bin").write_bytes(b"")
    there = write_base(tmp_path / "there")
    for words, code, sentence in (
        ((base, one, tmp_path / "out"), "bad_data", "holds one dialogue"),
        ((base, unanswered, tmp_path / "out"), "bad_data", "holds no answer"),
        ((pickled, data, tmp_path / "out"), "bad_network", "pickle file"),
        ((base, data, there), "bad_setting", "is there already"),
    ):
        assert main(command("finetune", *words)[2:]) == 2
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line)["code"] == code and sentence in json.loads(line)["error"]
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".partial-*"))
    assert (there / "model.safetensors").is_file()
