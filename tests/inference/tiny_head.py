"""A small encoder with random weights and sentiment heads for it, as installation leaves them."""

import json
from pathlib import Path

import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, XLMRobertaTokenizer

from inference.engine.sentiment_facts import LABELS, HeadFacts
from inference.engine.sentiment_head import Head

WORDS = ("the", "lamp", "is", "good", "bad", "awful", "kind", "I", "return", "it", "灯", "很好", "太差", "了")
BASE, BASE_SHA256 = "tiny-e5", "e" * 64
LAYERS, WIDTH, MAX_TOKENS = 3, 32, 48


def write_base(path: Path) -> Path:
    """An installed encoder whose tokenizer is of the kind that multilingual-e5 has."""
    path.mkdir(parents=True, exist_ok=True)
    letters = sorted({*"abcdefghijklmnopqrstuvwxyzI.,!?'0123456789灯很好太差了这"})
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{word}" for word in WORDS), "很好", *letters]
    vocabulary = [(piece, 0.0 if index < 4 else -float(index % 7) - 1) for index, piece in enumerate(pieces)]
    tokenizer = XLMRobertaTokenizer(vocab=vocabulary)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer, model_max_length=64, **tokenizer.special_tokens_map
    ).save_pretrained(path)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=48,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.3,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(path)
    (path / "installation.json").write_text(json.dumps({"name": BASE, "sha256": BASE_SHA256}))
    return path


def write_head(path: Path, *, seed: int = 1, base: str = BASE, unsure_below: float = 0.4) -> Path:
    """A head of random weights; every seed judges differently."""
    generator = torch.Generator().manual_seed(seed)
    facts = HeadFacts(
        name="sentiment",
        base=base,
        base_sha256=BASE_SHA256,
        max_tokens=MAX_TOKENS,
        languages=("en", "zh"),
        temperature=1.0,
        unsure_below=unsure_below,
        rank=2,
        frozen_layers=0,
        seed=seed,
    )
    product = f"encoder.layer.{LAYERS - 1}.output.dense"
    updates = {product: (torch.randn(WIDTH, 2, generator=generator), torch.randn(2, 48, generator=generator))}
    classifier = torch.randn(len(LABELS), WIDTH, generator=generator)
    Head(facts, updates, classifier, torch.zeros(len(LABELS))).write(path)
    return path
