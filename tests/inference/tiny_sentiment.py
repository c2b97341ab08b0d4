"""An encoder of a few kilobytes, a head that fits it, and messages that a head can learn from."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from inference.engine.sentiment_facts import HeadFacts
from inference.engine.sentiment_head import Head

WORDS = {
    "negative": ("broken", "late", "rude", "awful"),
    "neutral": ("when", "where", "which", "how"),
    "positive": ("lovely", "thanks", "great", "quick"),
}
OTHERS = ("the", "lamp", "parcel", "is", "my", "was")
SHA256 = "5" * 64


def write_encoder(folder: Path, width: int = 16) -> Path:
    """Write a BERT with random weights as an installed encoder; the same each time."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [word for some in WORDS.values() for word in some]
    vocabulary = {word: number for number, word in enumerate([*special, *words, *OTHERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = dict(
        zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True)
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=48,
        model_input_names=["input_ids", "attention_mask"],
        **names,
    ).save_pretrained(folder)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    installed = {"name": "tiny", "sha256": SHA256}
    (folder / "installation.json").write_text(json.dumps(installed), encoding="utf-8")
    return folder


def facts(**changes: object) -> HeadFacts:
    """The facts of a head for that encoder."""
    values: dict[str, object] = {
        "name": "sentiment",
        "base": "tiny",
        "base_sha256": SHA256,
        "max_tokens": 32,
        "languages": ("en",),
        "temperature": 2.0,
        "unsure_below": 0.5,
        "rank": 4,
        "frozen_layers": 0,
        "seed": 1,
    }
    return HeadFacts(**{**values, **changes})  # type: ignore[arg-type]


def head(width: int = 16, **changes: object) -> Head:
    """A head with random weights for that encoder; the same each time."""
    torch.manual_seed(5)
    sizes = {
        "attention.self.query": (width, width),
        "attention.self.key": (width, width),
        "attention.self.value": (width, width),
        "attention.output.dense": (width, width),
        "intermediate.dense": (32, width),
        "output.dense": (width, 32),
    }
    updates = {
        f"encoder.layer.{layer}.{name}": (0.2 * torch.randn(out, 4), 0.2 * torch.randn(4, into))
        for layer in range(2)
        for name, (out, into) in sizes.items()
    }
    return Head(facts(**changes), updates, torch.randn(3, width), torch.zeros(3))


def write_labels(file: Path, count: int = 60, labels: tuple[str, ...] = tuple(WORDS), **more: str) -> Path:
    """Write so many messages whose label is that of one word in them."""
    lines = []
    for index in range(count):
        label = labels[index % len(labels)]
        word = WORDS[label][index // len(labels) % 4]
        other, another = OTHERS[index % 6], OTHERS[index // 6 % 6]
        lines.append(json.dumps({"text": f"{other} {word} {another} {index}", "label": label, **more}))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
