"""How well topics agree with intents that people named, and whether languages come together.

On banking77 and clinc150 each question has an intent; XQuAD has the same questions in English and Chinese.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import adjusted_mutual_information, purity
from chatbot.analytics.topics.clustering import LEAST, cluster
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.knowledge.tuning.datasets import Labelled, read_data
from inference.encoding import embed_patiently

# What fewer texts asked is no topic for a site either.
_FEWEST = 3


def measure_topics(folder: Path, most: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return figures of the sets below `folder`, of each at most `most` texts.

    Raises NoData and EncoderUnavailable.
    """
    data = read_data(folder)
    figures: dict[str, Any] = {"least_cosine": LEAST, "texts_at_most": most}
    for name, labelled in (("banking77", data.banking), ("clinc150", data.clinc)):
        say(f"{name}: encoding")
        figures[name] = _agreement(_thinned(labelled, most))
    say("xquad: encoding")
    english, chinese = data.xquad_en.questions, data.xquad_zh.questions
    if len(english) == len(chinese):
        figures["xquad"] = {"pairs": len(english), "same_group": _together(english, chinese)}
    return figures


def _agreement(labelled: Labelled) -> dict[str, Any]:
    began = time.perf_counter()
    vectors = embed_patiently(encoders_for_passages, labelled.texts, "query")
    encoded = time.perf_counter()
    groups = cluster(labelled.texts, vectors, [1] * len(labelled.texts)).groups
    clustered = time.perf_counter()
    sizes = np.bincount(groups)
    in_topics = sizes[groups] >= _FEWEST
    intents = [labelled.intents[place] for place in np.flatnonzero(in_topics)]
    agreement = adjusted_mutual_information(labelled.intents, groups.tolist())
    return {
        "texts": len(labelled.texts),
        "intents": len(set(labelled.intents)),
        "topics": int((sizes >= _FEWEST).sum()),
        "in_topics": round(float(in_topics.mean()), 3),
        "adjusted_mutual_information": round(agreement, 3),
        "purity": round(purity(intents, groups[in_topics].tolist()), 3),
        "encode_seconds": round(encoded - began, 2),
        "cluster_seconds": round(clustered - encoded, 2),
    }


def _together(english: Sequence[str], chinese: Sequence[str]) -> float:
    """Return the share of questions that are in the same group in both languages."""
    texts = [*english, *chinese]
    vectors = embed_patiently(encoders_for_passages, texts, "query")
    groups = cluster(texts, vectors, [1] * len(texts)).groups
    return round(float((groups[: len(english)] == groups[len(english) :]).mean()), 3)


def _thinned(labelled: Labelled, most: int) -> Labelled:
    """Return every n-th text, so that all intents stay."""
    step = max(1, -(-len(labelled.texts) // most))
    return Labelled(labelled.texts[::step], labelled.intents[::step])
