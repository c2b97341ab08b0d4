"""A tokenizer in a GGUF file: its pieces, its merges, and the rule by which llama.cpp splits text first."""

from __future__ import annotations

import json
from typing import Any

from gguf import GGUFWriter, TokenType
from transformers import PreTrainedTokenizerFast

from inference.training.export.refusing import CannotExport

# The regular expressions of the tokenizers of Qwen 2 to 3 and of Llama 3, with llama.cpp's names for them.
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_RULES = {_QWEN2: "qwen2", _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|"): "llama-bpe"}
# Only this rule of llama.cpp takes a word that is a piece itself without looking at merges.
_TAKES_WHOLE_WORDS = "llama-bpe"
# What the network has rows for and the tokenizer has no piece for.
_UNUSED = "[PAD{}]"
_KINDS = ("bos", "eos", "unk", "pad")


def write_tokenizer(writer: GGUFWriter, tokenizer: PreTrainedTokenizerFast, rows: int) -> None:
    """Write the tokenizer and its chat template; the network has `rows` rows for its pieces.

    Raises CannotExport for a tokenizer whose splitting llama.cpp has no rule for.
    """
    facts = json.loads(tokenizer.backend_tokenizer.to_str())
    if facts["model"].get("type") != "BPE":
        raise CannotExport("A GGUF file needs a tokenizer of byte-level merges (BPE), and this one has none.")
    rule = splitting_rule(facts)
    pieces, types = _pieces(tokenizer, rows)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(rule)
    writer.add_token_list(pieces)
    writer.add_token_types(types)
    merges = facts["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    for kind in _KINDS:
        number = getattr(tokenizer, f"{kind}_token_id")
        if number is not None:
            getattr(writer, f"add_{kind}_token_id")(number)
    tokens = tokenizer("a")["input_ids"]
    writer.add_add_bos_token(tokenizer.bos_token_id is not None and tokens[0] == tokenizer.bos_token_id)
    writer.add_add_eos_token(tokenizer.eos_token_id is not None and tokens[-1] == tokenizer.eos_token_id)
    writer.add_add_space_prefix(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)


def splitting_rule(facts: dict[str, Any]) -> str:
    """llama.cpp's name for how tokenizer.json splits a text before merging. Raises CannotExport."""
    first = facts.get("pre_tokenizer") or {}
    steps = first.get("pretokenizers", [first])
    kinds = [step.get("type") for step in steps]
    rule = None
    if kinds == ["ByteLevel"] and steps[0]["use_regex"]:
        rule = "gpt-2"
    elif kinds == ["Digits", "ByteLevel"] and steps[0]["individual_digits"] and steps[1]["use_regex"]:
        rule = "smollm"
    elif kinds == ["Split", "ByteLevel"] and not steps[1]["use_regex"]:
        rule = _RULES.get(steps[0]["pattern"].get("Regex", ""))
    takes_whole_words = bool(facts["model"].get("ignore_merges"))
    if rule is None or steps[-1].get("add_prefix_space") or takes_whole_words != (rule == _TAKES_WHOLE_WORDS):
        raise CannotExport(
            "This tokenizer splits texts by a rule that llama.cpp does not have, so that a GGUF file would "
            "read texts otherwise than the model does; export a Hugging Face folder instead."
        )
    return rule


def _pieces(tokenizer: PreTrainedTokenizerFast, rows: int) -> tuple[list[str], list[int]]:
    """Every piece by number, and whether it is text, a mark of the chat, or nothing."""
    vocabulary = {number: piece for piece, number in tokenizer.get_vocab().items()}
    if vocabulary and max(vocabulary) >= rows:
        raise CannotExport(
            f"The tokenizer has {max(vocabulary) + 1} pieces and the network rows for {rows}; "
            "they do not belong together."
        )
    added = tokenizer.added_tokens_decoder
    pieces, types = [], []
    for number in range(rows):
        pieces.append(vocabulary.get(number, _UNUSED.format(number)))
        if number not in vocabulary:
            types.append(TokenType.UNUSED)
        elif number in added:
            types.append(TokenType.CONTROL if added[number].special else TokenType.USER_DEFINED)
        else:
            types.append(TokenType.NORMAL)
    return pieces, types
