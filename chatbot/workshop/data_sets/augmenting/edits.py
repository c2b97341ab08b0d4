"""Edits of words: a question as somebody in a hurry would type it.

J. Wei, K. Zou, "EDA: easy data augmentation techniques for boosting performance on text classification
tasks", EMNLP 2019: random swap, random deletion and random insertion. Where they insert synonyms, this
repeats a word of the question itself: no dictionary of synonyms comes with this installation.
"""

import random
import re

_SPACED = re.compile(r"\S+")
_WIDE = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\s\u0e00-\u0e7f\u3040-\u9fff\uf900-\ufaff]+"
)
_FEWEST_WORDS = 4


def edited(question: str, share: float, chance: random.Random) -> str | None:
    """Return `question` with about `share` of its words swapped, dropped or repeated; None for a short one.

    Of Chinese, Japanese and Thai a character counts as a word. The same `chance` gives the same words.
    """
    is_wide = len(re.findall(r"[\u0e00-\u0e7f\u3040-\u9fff]", question)) * 3 > len(question)
    words = (_WIDE if is_wide else _SPACED).findall(question)
    if len(words) < _FEWEST_WORDS:
        return None
    for _time in range(max(1, round(share * len(words)))):
        chance.choice((_swap, _drop, _repeat))(words, chance)
    made = ("" if is_wide else " ").join(words)
    return made if made != question else None


def _swap(words: list[str], chance: random.Random) -> None:
    one, other = chance.sample(range(len(words)), 2)
    words[one], words[other] = words[other], words[one]


def _drop(words: list[str], chance: random.Random) -> None:
    if len(words) >= _FEWEST_WORDS:
        del words[chance.randrange(len(words))]


def _repeat(words: list[str], chance: random.Random) -> None:
    words.insert(chance.randrange(len(words) + 1), chance.choice(words))
