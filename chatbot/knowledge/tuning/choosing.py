"""From scenarios to parameters: weights of the scores first, then the judges of confidence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.comparing import ENGLISH_ENCODER, comparable
from chatbot.knowledge.ranking.confidence import features, kind_of_evidence
from chatbot.knowledge.ranking.mixing import by_script, lexical_scores, mixed
from chatbot.knowledge.ranking.parameters import Judge, Parameters, Weights
from chatbot.knowledge.tuning.judging import LOW, STRONG, Seen, judge_of
from chatbot.knowledge.tuning.scenarios import Scenario

# The cosines that each encoder uses in practice: e5 was trained at a low temperature, so all of its are high.
RANGES = {"multilingual-e5-small": (0.7, 0.95), ENGLISH_ENCODER: (0.0, 1.0)}
_ENGLISH_GRID = [Weights(v, e, w) for v, e, w in product((0.3, 0.4, 0.5), (0.3, 0.4, 0.5), (0.1, 0.2, 0.3))]
_SCRIPT_GRID = [Weights(v, 0.0, round(1 - v, 2)) for v in (0.6, 0.65, 0.7, 0.75, 0.8, 0.85)]

Found = Sequence[tuple[Scenario, Sequence[Candidates]]]


def choose(found: Found, provenance: str, report: Callable[[str], None]) -> Parameters:
    """Choose all parameters from the candidates of all scenarios."""
    parameters = Parameters(_ENGLISH_GRID[0], _SCRIPT_GRID[0], RANGES, {}, LOW, STRONG, {}, provenance)
    english = [one for one in found if one[0].is_ranked and one[0].language == "en"]
    chinese = [one for one in found if one[0].is_ranked and one[0].language != "en"]
    parameters = _best(parameters, "english", _ENGLISH_GRID, english, report)
    parameters = _best(parameters, "same_script", _SCRIPT_GRID, chinese, report)
    seen = [one for scenario, candidates in found for one in see(scenario, candidates, parameters)]
    judges: dict[str, Judge] = {}
    for kind in sorted({one.kind for one in seen}):
        part = [one for one in seen if one.kind == kind]
        if len({one.answered for one in part}) == 2 and len(part) >= 200:
            judges[kind] = judge_of(part)
            report(f"confidence: {kind} from {len(part)} questions")
    for evidence in ("english", "same_script", "other_script", "words"):
        for shape, other in (("phrase", "prose"), ("prose", "phrase")):
            judges.setdefault(f"{evidence} {shape}", judges[f"{evidence} {other}"])
    return replace(parameters, confidence=judges)


def see(scenario: Scenario, candidates: Sequence[Candidates], parameters: Parameters) -> Iterator[Seen]:
    """Yield what is seen of each question, also as if the English encoder or all encoders were away."""
    for asked, found in zip(scenario.asked, candidates, strict=True):
        ways = [found]
        if ENGLISH_ENCODER in found.vectors:
            ways.append(_without(found, {ENGLISH_ENCODER}))
        ways.append(_without(found, set(found.vectors)))
        for one in (way.at(places) for way in ways for places in by_script(comparable(way))):
            may = comparable(one)
            lexical = lexical_scores(one, may)
            scores, _vector = mixed(one, may, lexical, parameters)
            order = np.argsort(-scores, kind="stable")
            best = scenario.passages[one.passages[int(order[0])].key].id
            yield Seen(
                asked.text,
                scenario.name,
                scenario.family,
                kind_of_evidence(one, may, order),
                features(one, may, scores, lexical, order),
                bool(asked.relevant),
                best in asked.relevant,
                scenario.is_target,
                scenario.is_near,
                scenario.weight,
            )


def recall(found: Found, parameters: Parameters, at: int) -> float:
    """Return the share of answered questions with a right passage among the first `at`."""
    hits = []
    for scenario, candidates in found:
        for asked, one in zip(scenario.asked, candidates, strict=True):
            if asked.relevant:
                may = comparable(one)
                scores, _vector = mixed(one, may, lexical_scores(one, may), parameters)
                first = np.argsort(-scores, kind="stable")[:at]
                ids = {scenario.passages[one.passages[place].key].id for place in first.tolist()}
                hits.append(bool(ids & asked.relevant))
    return float(np.mean(hits)) if hits else 0.0


def _best(
    parameters: Parameters, part: str, grid: Sequence[Weights], found: Found, report: Callable[[str], None]
) -> Parameters:
    """Try all weights; the best has the highest mean over sets of recall at 1 and at 5."""
    families: Mapping[str, Found] = {
        name: [one for one in found if one[0].family == name]
        for name in sorted({s.family for s, _c in found})
    }
    tried = []
    for weights in grid:
        one = (
            replace(parameters, english=weights)
            if part == "english"
            else replace(parameters, same_script=weights)
        )
        quality = float(np.mean([recall(f, one, 1) + recall(f, one, 5) for f in families.values()])) / 2
        tried.append((quality, one))
        report(
            f"{part}: vector {weights.vector}, English vector {weights.english_vector}, "
            f"words {weights.words}: recall {quality:.4f}"
        )
    return max(tried, key=lambda pair: pair[0])[1]


def _without(found: Candidates, names: set[str]) -> Candidates:
    return replace(
        found,
        vectors={name: values for name, values in found.vectors.items() if name not in names},
        rows={name: values for name, values in found.rows.items() if name not in names},
    )
