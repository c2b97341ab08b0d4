"""Nothing that is given to a training program as a model can run code, or be another one than it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.engine.loader import LoadError, load
from inference.training.language.checkpoints import BadCheckpoint, Checkpoints
from inference.training.language.networks import BadNetwork, read_network
from tests.inference.engine.tiny import write_model
from tests.inference.installation.bad_models import pickled, torch_archive
from tests.processes import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "ran"


def refusal(folder: Path) -> str:
    """What training says of it; the engine refuses it as well."""
    with pytest.raises(LoadError):
        load(folder, "fp32")
    with pytest.raises(BadNetwork) as refused:
        read_network(folder)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_pickled_weights_instead_of_safetensors_are_refused(folder: Path, trace: Path):
    (folder / "model.safetensors").unlink()
    torch_archive(folder / "pytorch_model.bin", trace)

    assert "pickle file (pytorch_model.bin)" in refusal(folder)
    assert not trace.exists()


def test_a_pickle_under_the_name_of_safetensors_is_refused(folder: Path, trace: Path):
    (folder / "model.safetensors").write_bytes(pickled(trace))

    assert "a pickle file under another name" in refusal(folder)
    assert not trace.exists()


def test_a_pickle_beside_the_weights_is_refused_for_training(folder: Path, trace: Path):
    torch_archive(folder / "adapter_model.bin", trace)

    with pytest.raises(BadNetwork, match="holds a pickle file"):
        read_network(folder)
    assert not trace.exists()


def test_weights_that_were_cut_short_are_refused(folder: Path):
    os.truncate(folder / "model.safetensors", 5000)

    assert "not a complete safetensors file" in refusal(folder)


def test_weights_of_another_architecture_are_refused(folder: Path, tmp_path: Path):
    other = write_model(tmp_path / "other", "gpt2")
    (other / "model.safetensors").replace(folder / "model.safetensors")

    with pytest.raises(BadNetwork, match="is incomplete"):
        read_network(folder)


def test_weights_of_other_sizes_are_refused(folder: Path):
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"] = torch.zeros(7)
    save_file(weights, folder / "model.safetensors")

    assert "cannot be loaded" in refusal(folder)


def test_code_from_outside_is_refused(folder: Path):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"attn_implementation": "somebody/kernel"}))

    with pytest.raises(BadNetwork, match="attn_implementation"):
        read_network(folder)


@pytest.mark.parametrize("name", ["optimizer.pt", "state.PKL", "random_states_0.pkl"])
def test_a_checkpoint_with_a_pickle_is_refused(name: str, tmp_path: Path, trace: Path):
    checkpoints = tmp_path / "checkpoints"
    step = checkpoints / "step-00000001"
    step.mkdir(parents=True)
    (step / name).write_bytes(pickled(trace))

    with pytest.raises(BadCheckpoint, match="a pickle file"):
        Checkpoints(checkpoints, {}, lambda _line: None).newest()
    assert not trace.exists()


def test_an_export_refuses_it_in_one_line_and_writes_nothing(folder: Path, tmp_path: Path, trace: Path):
    (folder / "model.safetensors").write_bytes(pickled(trace))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "inference.training.export", "--model", str(folder), "--format", "hf"]

    done = subprocess.run([*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True)

    line = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, "a pickle file under another name" in line["error"]) == (2, True)
    assert not trace.exists() and not list(tmp_path.glob("*out*"))
