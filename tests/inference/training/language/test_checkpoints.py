"""Training goes on from a checkpoint of its own, to the bit, and from no other file."""

import json
import multiprocessing
import os
import pickle
import resource
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel

from inference.training.language.checkpoints import BadCheckpoint, Checkpoints
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.loop import Settings, Trained, steps_of, train
from inference.training.language.networks import BadNetwork, read_network, read_tokenizer
from inference.training.language.objective import answer_loss
from inference.training.refusal import NoRoom
from tests.inference.training.language.tiny_training import write_base

SETTINGS = Settings(
    epochs=1, tokens_at_once=256, accumulate=2, learning_rate=5e-3, checkpoint_every=1, precision="fp32"
)


class Ended(Exception):
    """The process ends here."""


@pytest.fixture(scope="module")
def examples(base: Path, data: Path) -> list[Example]:
    return encode(read_data(data).train, read_tokenizer(base), 512)


def trained(
    base: Path, examples: list[Example], settings: Settings = SETTINGS, **options: Any
) -> tuple[PreTrainedModel, Trained]:
    network = read_network(base)
    told = options.pop("tell", lambda line: None)
    return network, train(network, examples, answer_loss, settings, tell=told, **options)


@pytest.fixture(scope="module")
def whole(base: Path, examples: list[Example]) -> tuple[PreTrainedModel, Trained]:
    """A training that nothing interrupted."""
    return trained(base, examples)


@pytest.fixture
def half(base: Path, examples: list[Example], tmp_path: Path) -> Path:
    """The checkpoints of a training that ended when it read its third step."""
    steps = Counted(3)
    with pytest.raises(Ended):
        train(
            read_network(base), examples, steps, SETTINGS, tell=lambda line: None, checkpoints=tmp_path / "c"
        )
    return tmp_path / "c"


class Counted:
    """The loss, until so many steps have begun."""

    def __init__(self, last: int) -> None:
        self._left = last * SETTINGS.accumulate

    def __call__(self, network: PreTrainedModel, batch: Any) -> torch.Tensor:
        self._left -= 1
        if self._left < 0:
            raise Ended
        return answer_loss(network, batch)


def same(one: PreTrainedModel, other: PreTrainedModel) -> bool:
    return all(a.equal(b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_it_goes_on_to_the_same_weights_and_losses(base, examples, whole, half: Path):
    network, resumed = trained(base, examples, checkpoints=half)
    assert resumed.resumed_at == 3
    assert resumed.losses == whole[1].losses and len(resumed.losses) == resumed.steps > 4
    assert same(network, whole[0])
    assert sorted(path.name for path in half.iterdir()) == [
        f"step-{resumed.steps - 1:08d}",
        f"step-{resumed.steps:08d}",
    ]


@pytest.mark.parametrize("name", ["tensors.safetensors", "facts.json"])
def test_a_broken_checkpoint_is_passed_over_for_the_one_before(base, examples, whole, half: Path, name: str):
    broken = half / "step-00000003" / name
    broken.write_bytes(broken.read_bytes()[:-7])
    told: list[dict[str, Any]] = []
    network, resumed = trained(base, examples, checkpoints=half, tell=told.append)
    assert resumed.resumed_at == 2 and same(network, whole[0])
    assert any("step-00000003 is passed over" in line.get("text", "") for line in told)


def test_half_written_ones_do_not_count(base, examples, half: Path):
    (half / "step-00000003").rename(half / ".partial-step-00000003")
    _network, resumed = trained(base, examples, checkpoints=half)
    assert resumed.resumed_at == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"settings": replace(SETTINGS, learning_rate=1e-4)},
            "training with learning_rate 0.005, not 0.0001",
        ),
        ({"settings": replace(SETTINGS, seed=2)}, "training with seed 1, not 2"),
        ({"belongs_to": "another teacher"}, "training with belongs_to"),
        ({"examples": 5}, "checkpoint of other data"),
        ({"architecture": "qwen3"}, "a model of another architecture"),
        ({"architecture": "llama"}, "checkpoint of other weights"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(
    base, examples, half: Path, tmp_path: Path, change: dict[str, Any], sentence: str
):
    if architecture := change.pop("architecture", None):
        base = write_base(tmp_path / "base", architecture)
        network = read_network(base)
        torch.nn.init.normal_(network.get_input_embeddings().weight)
        network.save_pretrained(base)
    some = examples[: change.pop("examples", None)]
    with pytest.raises(BadCheckpoint, match=sentence):
        trained(base, some, checkpoints=half, **change)
    assert (half / "step-00000003").is_dir()


class Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("where", [".", "step-00000003"])
def test_pickle_files_are_refused_and_not_read(base, examples, half: Path, tmp_path: Path, where: str):
    (half / where / "optimizer.pt").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(BadCheckpoint, match=r"optimizer\.pt, a pickle file"):
        trained(base, examples, checkpoints=half)
    assert not (tmp_path / "sprung").exists()


def test_a_model_of_pickle_files_is_refused_and_not_read(base: Path, tmp_path: Path):
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_bytes((base / "config.json").read_bytes())
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(BadNetwork, match=r"pickle file \(pytorch_model\.bin\)"):
        read_network(folder)
    assert not (tmp_path / "sprung").exists()


def test_a_model_that_lacks_weights_is_refused(base: Path, tmp_path: Path):
    network = read_network(base)
    network.save_pretrained(
        tmp_path,
        state_dict={name: weight for name, weight in network.state_dict().items() if "layers.1." not in name},
    )
    with pytest.raises(
        BadNetwork, match=r"is incomplete: \d+ weights are missing, such as model\.layers\.1\."
    ):
        read_network(tmp_path)


def _save_with_little_room(folder: Path, answer: Any) -> None:
    """In a process of its own, whose files may not grow beyond a megabyte: the disk is full there."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    kept = Checkpoints(folder, {"data": "this"}, lambda line: None)
    kept.save(1, {"weight": torch.ones(10)}, {})
    try:
        kept.save(2, {"weight": torch.ones(1 << 20)}, {})
    except NoRoom as error:
        answer.send(str(error))
    else:
        answer.send("saved")


@pytest.fixture
def spawned() -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    yield context
    assert not multiprocessing.active_children()


def test_a_full_disk_is_said_and_leaves_the_checkpoint_before(spawned: Any, tmp_path: Path):
    mine, theirs = spawned.Pipe()
    process = spawned.Process(target=_save_with_little_room, args=(tmp_path, theirs))
    process.start()
    said = mine.recv()
    process.join()
    assert said.startswith("The checkpoint of step 2 could not be written: ")
    assert said.endswith("The checkpoint before, step-00000001, is still there.")
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]
    found = Checkpoints(tmp_path, {"data": "this"}, lambda line: None).newest()
    assert found is not None and found.step == 1 and found.tensors["weight"].equal(torch.ones(10))


def test_checkpoints_hold_json_and_safetensors_alone(half: Path):
    files = sorted(path.name for path in (half / "step-00000003").iterdir())
    assert files == ["facts.json", "tensors.safetensors"]
    assert json.loads((half / "step-00000003" / "facts.json").read_text())["step"] == 3
    assert os.listdir(half) and all(name.startswith("step-") for name in os.listdir(half))


def test_steps_are_counted_by_epochs_or_named(examples):
    by_epoch = len(steps_of(examples, SETTINGS))
    assert len(steps_of(examples, replace(SETTINGS, epochs=0.5))) == -(-by_epoch // 2)
    assert len(steps_of(examples, replace(SETTINGS, steps=17))) == 17
    read = [row for step in steps_of(examples, SETTINGS) for batch in step for row in batch]
    assert sorted(read) == list(range(len(examples)))


def test_a_step_that_is_shared_out_is_the_same_step(base, examples):
    """Several batches in a step are weighed by their answer tokens, and so are one large batch."""
    losses = []
    for settings in (
        replace(SETTINGS, steps=1, tokens_at_once=100_000, accumulate=1),
        replace(SETTINGS, steps=1, tokens_at_once=256, accumulate=1000),
    ):
        network, result = trained(base, examples, settings)
        losses.append((result.losses[0][1], network.get_input_embeddings().weight.detach()))
    assert losses[0][0] == pytest.approx(losses[1][0], rel=1e-5)
    torch.testing.assert_close(losses[0][1], losses[1][1], atol=1e-4, rtol=1e-3)
