"""How surprised a version is by the answers of held-back dialogues, token by token."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.language.dialogues import BadDialogues, Dialogue
from inference.training.language.examples import Example, encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.perplexity import nats_by_example

MEASURE = "perplexity"
LONGEST = 1024
_AT_ONCE = 16


def examples_of(
    folder: Path, dialogues: Sequence[Dialogue], most: int
) -> tuple[list[tuple[str, Example]], str]:
    """Return at most `most` dialogues by id as tokens of the version in `folder`, and what names them.

    The name holds the tokenizer: a perplexity per token means nothing beside that of another tokenizer.
    Raises BadDialogues and BadNetwork.
    """
    tokenizer = read_tokenizer(folder)
    found = []
    for dialogue in chosen([one for one in dialogues if one.has_answer], most, lambda one: one.id):
        try:
            found.append((dialogue.id, encode([dialogue], tokenizer, LONGEST)[0]))
        except BadDialogues:
            # One that has nothing left within LONGEST tokens is left out, for every version alike.
            continue
    if not found:
        raise BadDialogues("No dialogue of the test part has an answer that this version can read.")
    words = hashlib.sha256(repr(sorted(tokenizer.get_vocab().items())).encode()).hexdigest()
    return found, digest_of([words, *(f"{key} {example.tokens}" for key, example in found)])


def rows(folder: Path, examples: Sequence[tuple[str, Example]]) -> Iterator[Row]:
    """Yield a row for each example; raises BadNetwork."""
    network = read_network(folder)
    network.eval()
    for start in range(0, len(examples), _AT_ONCE):
        some = examples[start : start + _AT_ONCE]
        nats = nats_by_example(network, [example for _key, example in some])
        for (key, _example), (surprise, tokens) in zip(some, nats, strict=True):
            yield Row(MEASURE, key, {"perplexity": [surprise, float(tokens)]})
