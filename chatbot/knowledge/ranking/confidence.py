"""How sure it is that the best candidate answers the question.

Logistic regressions over features that do not depend on how many passages a site has: how near the best ones
are, and how near those are to one another. A question that belongs among the passages is about as near to
them as they are among themselves (the idea of the local outlier factor, Breunig et al., 2000); one that does
not belong there may be near to the nearest by chance, yet not to its neighbourhood.
"""

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.comparing import ENGLISH_ENCODER, Comparable
from chatbot.knowledge.ranking.languages import script_of
from chatbot.knowledge.ranking.parameters import Parameters

Scores = NDArray[np.float32]
NEAREST = 10
_USUAL_DENSITY = 0.7
# A passage of so many characters (Chinese ones count threefold) is a question or a phrase, not prose.
_SHORT = 150


def confidence_of(
    candidates: Candidates,
    may: Comparable,
    scores: Scores,
    lexical: Scores,
    order: NDArray[np.int64],
    parameters: Parameters,
) -> float:
    """Return from 0 to 1 how sure it is that the first of `order` answers the question.

    Two regressions share the range. Below `low` it says how near the question comes to being one that the
    knowledge answers at all; from `low` on, how probable it is that the first passage is the right one.
    """
    judge = parameters.confidence[kind_of_evidence(candidates, may, order)]
    values = features(candidates, may, scores, lexical, order)
    answered = judge.answered.probability(values)
    if answered < judge.threshold:
        return parameters.low * answered / judge.threshold
    return parameters.low + (1 - parameters.low) * judge.right.probability(values)


def kind_of_evidence(candidates: Candidates, may: Comparable, order: NDArray[np.int64]) -> str:
    """Return what speaks for the best candidate, and whether it is a phrase or prose, as "english phrase".

    It is english, same_script, other_script, or words where no encoder was asked.
    """
    best = int(order[0])
    shape = "phrase" if _size(candidates.passages[best].text) < _SHORT else "prose"
    main = next((c for name, c in candidates.vectors.items() if name != ENGLISH_ENCODER), None)
    second = candidates.vectors.get(ENGLISH_ENCODER)
    if main is None or np.isnan(main[best]):
        evidence = "words"
    elif may.english[best] and second is not None and not np.isnan(second[best]):
        evidence = "english"
    else:
        evidence = "same_script" if may.words[best] else "other_script"
    return f"{evidence} {shape}"


def features(
    candidates: Candidates, may: Comparable, scores: Scores, lexical: Scores, order: NDArray[np.int64]
) -> dict[str, float]:
    """Return all features by name; those of an encoder that was not asked are 0."""
    best = int(order[0])
    passage = candidates.passages[best]
    found = {"mixed": float(scores[best]), "lexical": float(lexical[best])}
    covered = candidates.covered
    found["covered"] = float(covered[best]) if covered is not None and may.words[best] else 0.0
    others = [place for place in order[1:].tolist() if candidates.passages[place].answer != passage.answer]
    found["margin"] = float(scores[best] - scores[others[0]]) if others else float(scores[best])
    found["crowd"] = float(scores[best] - scores[order[:NEAREST]].mean())
    found["length"] = float(np.log1p(_size(candidates.query)) / 5)
    for prefix, is_english in (("main", False), ("english", True)):
        name = next((n for n in candidates.vectors if (n == ENGLISH_ENCODER) == is_english), None)
        cosines = None if name is None else candidates.vectors[name]
        rows = None if name is None else candidates.rows.get(name)
        for key, value in _neighbourhood(cosines, rows, best).items():
            found[f"{prefix}_{key}"] = value
    # How near is near depends on how many phrasings the knowledge has for one thing.
    density = (found["english_twins"] or found["main_twins"]) - _USUAL_DENSITY
    return found | {f"density*{name}": density * value for name, value in found.items()}


_NAMES = ("best", "top", "three", "near", "rest", "twins", "dense")


def _neighbourhood(cosines: Scores | None, rows: Scores | None, best: int) -> dict[str, float]:
    """Similarities of the question to the best, the nearest, 3 and 10 nearest, and the other candidates;
    then those of the 10 nearest to the nearest passage of each (`twins`), and to several (`dense`)."""
    if cosines is None or rows is None or np.isnan(cosines[best]):
        return dict.fromkeys(_NAMES, 0.0)
    known = np.flatnonzero(~np.isnan(cosines))
    near = known[np.argsort(-cosines[known], kind="stable")]
    nearest = near[:NEAREST]
    among = rows[nearest] @ rows[near[: 3 * NEAREST]].T
    among[np.arange(len(nearest)), np.arange(len(nearest))] = -1
    ahead = -np.sort(-among, axis=1)
    alone = len(near) < 2
    return {
        "best": float(cosines[best]),
        "top": float(cosines[near[0]]),
        "three": float(cosines[near[:3]].mean()),
        "near": float(cosines[nearest].mean()),
        "rest": float(cosines[near[NEAREST:] if len(near) > NEAREST else near].mean()),
        "twins": 0.0 if alone else float(ahead[:, 0].mean()),
        "dense": 0.0 if alone else float(ahead[:, : min(NEAREST, len(near)) - 1].mean()),
    }


def _size(text: str) -> int:
    return len(text) * (3 if script_of(text) in ("han", "kana", "hangul") else 1)
