"""An encoder or a sentiment head as an ONNX network with its tokenizer, for onnxruntime."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel

from inference.engine.sentiment_network import SentimentNetwork, load_network
from inference.training.export.cards import Facts, write_readme
from inference.training.export.hub_folder import encoding_facts, encoding_in_words
from inference.training.export.reading import (
    in_float32,
    read_any_tokenizer,
    read_encoder,
    require_safe,
)
from inference.training.export.refusing import CannotExport

NETWORK = "model.onnx"
# A file of protocol buffers ends at 2 GiB: beyond this the weights lie beside it.
_MOST_IN_ONE_FILE = 1_800_000_000

_START = """
```python
import numpy
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("FOLDER/tokenizer.json")
tokenizer.enable_truncation(%(tokens)d)
tokenizer.enable_padding(pad_id=%(pad)d)
session = onnxruntime.InferenceSession("FOLDER/model.onnx")
read = tokenizer.encode_batch([%(example)s])
inputs = {
    "input_ids": numpy.array([each.ids for each in read], dtype=numpy.int64),
    "attention_mask": numpy.array([each.attention_mask for each in read], dtype=numpy.int64),
}
(%(output)s,) = session.run(None, inputs)
```
"""
_ENCODER = """
Each row of `sentence_embedding` is the %(pooling)s of the last layer, of length 1: pooling and scaling are
in the network. A question begins with %(query)s and a passage with %(passage)s.
"""
_HEAD = """
Each row of `probabilities` is that of %(labels)s. The encoder %(base)s with the head's updates, the
classifier, the offset and the temperature of the calibration (%(temperature)s) are in the network. Where no
probability reaches %(unsure)s, Parley calls a text unsure.
"""


class _Encoding(nn.Module):
    """Tokens in, vectors of length 1 out."""

    def __init__(self, network: PreTrainedModel, *, pools_first_token: bool) -> None:
        super().__init__()
        self.network = network
        self.pools_first_token = pools_first_token

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = hidden[:, 0] if self.pools_first_token else _mean(hidden, attention_mask)
        return nn.functional.normalize(pooled, dim=1)


class _Judging(nn.Module):
    """Tokens in, the probabilities of the labels out."""

    def __init__(self, network: SentimentNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder
        self.classifier = network.classifier
        self.temperature = network.facts.temperature

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return torch.softmax(self.classifier(_mean(hidden, attention_mask)) / self.temperature, dim=1)


def write_onnx_encoder(folder: Path, facts: Facts, out: Path) -> int:
    """Write the encoder in `folder`, with its pooling, into `out`; return how many weights it has.

    Raises CannotExport.
    """
    encoding = encoding_facts(folder)
    network = in_float32(read_encoder(folder))
    _write(_Encoding(network, pools_first_token=encoding["pooling"] == "cls"), "sentence_embedding", out)
    tokenizer = read_any_tokenizer(folder)
    tokenizer.save_pretrained(out)
    network.config.save_pretrained(out)
    words = {"tokens": encoding["tokens"], "pad": tokenizer.pad_token_id, "output": "sentence_embedding"}
    example = {"example": repr(encoding["query"] + "How do I send it back?")}
    write_readme(facts, out, _START % (words | example) + _ENCODER % encoding_in_words(encoding))
    return sum(weight.numel() for weight in network.parameters())


def write_onnx_head(folder: Path, base: Path | None, facts: Facts, out: Path) -> int:
    """Write the encoder in `base` with the head in `folder` into `out`; return how many weights it has.

    Raises CannotExport, and HeadError where the two do not belong together.
    """
    if base is None:
        raise CannotExport("A sentiment head is exported with its encoder: name that folder with --base.")
    for each in (folder, base):
        require_safe(each)
    network = load_network(base, folder, torch.float32)
    judging = _Judging(network)
    _write(judging, "probabilities", out)
    tokenizer = read_any_tokenizer(base)
    tokenizer.save_pretrained(out)
    network.encoder.config.save_pretrained(out)
    known = network.facts
    words = {"tokens": known.max_tokens, "pad": tokenizer.pad_token_id, "output": "probabilities"}
    told = {
        "labels": ", ".join(known.labels),
        "base": known.base,
        "temperature": known.temperature,
        "unsure": known.unsure_below,
    }
    write_readme(facts, out, _START % (words | {"example": "'Thank you!'"}) + _HEAD % told)
    return sum(weight.numel() for weight in judging.parameters())


def _mean(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


def _write(network: nn.Module, output: str, out: Path) -> None:
    """Trace the network into `out`, any number of texts of any length at a time."""
    out.mkdir(parents=True, exist_ok=True)
    size = sum(weight.numel() * weight.element_size() for weight in network.parameters())
    tokens = torch.ones(2, 8, dtype=torch.int64)
    every = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens")}
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (tokens, tokens.clone()),
            out / NETWORK,
            input_names=["input_ids", "attention_mask"],
            output_names=[output],
            dynamic_shapes=(every, every),
            dynamo=True,
            external_data=size > _MOST_IN_ONE_FILE,
            verbose=False,
        )


_TALKATIVE: Sequence[str] = ("torch.onnx", "onnxscript", "onnx_ir")
