"""Which layers of a teacher a student begins with, and which of the teacher's states it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from inference.training.refusal import BadSetting


class BadLayers(BadSetting):
    """No student can be made of these layers; the message says why in one sentence."""


def evenly_spaced(count: int, of: int) -> tuple[int, ...]:
    """`count` of the layers 0 to `of` - 1 at equal distances, the first and the last among them.

    As DistilBERT takes every second layer of its teacher (Sanh et al. 2019, https://arxiv.org/abs/1910.01108,
    section 3), but without losing the last one. Raises BadLayers.
    """
    if not 1 <= count < of:
        raise BadLayers(f"A student of a teacher with {of} layers has 1 to {of - 1} layers, not {count}.")
    if count == 1:
        return (0,)
    return tuple(round(number * (of - 1) / (count - 1)) for number in range(count))


def chosen(wanted: str, of: int, share: float = 0.5) -> tuple[int, ...]:
    """What `wanted` means for a teacher of `of` layers.

    "" is so large a `share` of them, evenly spaced; "15" is so many, evenly spaced; "0,2,4" is these very
    layers, counted from 0. Raises BadLayers.
    """
    words = [word.strip() for word in wanted.split(",")] if wanted.strip() else []
    if not all(word.isdecimal() for word in words):
        raise BadLayers(f"Layers are a number, as 15, or numbers from 0 with commas, as 0,2: not {wanted!r}.")
    if not words:
        return evenly_spaced(max(1, round(of * share)), of)
    if len(words) == 1:
        return evenly_spaced(int(words[0]), of)
    layers = tuple(map(int, words))
    if layers != tuple(sorted(set(layers))) or layers[-1] >= of or len(layers) == of:
        raise BadLayers(
            f"A student keeps some of the teacher's layers 0 to {of - 1}, in their order: not {wanted}."
        )
    return layers


def states_to_match(kept: Sequence[int], of: int, teacher: int) -> tuple[int, ...]:
    """For each layer that is `kept` of a base of `of`, the number of the teacher's state to reach.

    Numbers are those of transformers' `hidden_states`: 0 is the embedding, n what layer n - 1 put out. A
    student's layer stands in for all layers from the one it began as up to the next one that was kept, so
    that its output is matched with what enters that one, and the last one's with the last (“patient”
    distillation, Sun et al. 2019, https://arxiv.org/abs/1908.09355, section 3, matches the last layer of
    such a group). In a teacher of another depth, `teacher` layers, it is the state at the same share of it.
    """
    return tuple(round(number * teacher / of) for number in (*kept[1:], of))
