"""The programs that make models smaller, on a tiny model with parts that are of no use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel

from inference.engine.shared_layers import separate, tie
from inference.training.language.dialogues import read_dialogues
from inference.training.language.examples import encode
from inference.training.language.loop import Settings, train
from inference.training.language.networks import read_network, read_tokenizer, write_network
from inference.training.language.objective import answer_loss

QUICKLY = ("--threads", "1", "--measure", "false")
LEARNING = ("--learning-rate", "0.003", "--tokens-at-once", "512", "--precision", "fp32")

Line = dict[str, Any]


def run(
    main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, list[Line]]:
    """The exit status of a program, and the lines that it told."""
    status = main([str(argument) for argument in (*QUICKLY, *arguments)])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def result_of(
    main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], *arguments: object
) -> Line:
    status, lines = run(main, capsys, *arguments)
    assert status == 0, lines[-1]
    result: Line = lines[-1]["result"]
    return result


def refusal_of(
    main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str], *arguments: object
) -> str:
    status, lines = run(main, capsys, *arguments)
    assert status == 2
    return str(lines[-1]["error"])


def write_with_idle_layer(base: Path, data: Path, folder: Path, idle: int) -> Path:
    """A model in which one layer adds nothing, and all others have learnt the dialogues in `data`."""
    network = read_network(base)
    layer = network.model.layers[idle]
    with torch.no_grad():
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    return _write_learnt(network, base, data, folder, set(layer.parameters()))


def write_with_idle_heads(base: Path, data: Path, folder: Path, group: int) -> Path:
    """A model in which one of two groups of heads of each layer adds nothing, and all else has learnt."""
    network = read_network(base)
    outputs = {layer.self_attn.o_proj.weight for layer in network.model.layers}
    for weight in outputs:
        with torch.no_grad():
            # Two query heads of 16 share each of two key heads.
            weight[:, 32 * group : 32 * (group + 1)] = 0
    return _write_learnt(network, base, data, folder, outputs)


def write_with_twins(base: Path, data: Path, folder: Path) -> Path:
    """A model whose last two layers have learnt to be equal, but for their norms."""
    network = read_network(base)
    tie(network, {"attention": [0, 1, 1], "mlp": [0, 1, 1]})
    network = _learnt(network, base, data, set())
    separate(network)
    write_network(network, read_tokenizer(base), folder)
    return folder


def _write_learnt(
    network: PreTrainedModel, base: Path, data: Path, folder: Path, idle: set[torch.nn.Parameter]
) -> Path:
    write_network(_learnt(network, base, data, idle), read_tokenizer(base), folder)
    return folder


def _learnt(
    network: PreTrainedModel, base: Path, data: Path, idle: set[torch.nn.Parameter]
) -> PreTrainedModel:
    examples = encode(read_dialogues(data / "train.jsonl"), read_tokenizer(base), 512)
    settings = Settings(steps=40, tokens_at_once=512, learning_rate=0.005, precision="fp32")
    learning = [weight for weight in network.parameters() if weight not in idle]
    train(network, examples, answer_loss, settings, tell=lambda _line: None, parameters=learning)
    return network.eval()
