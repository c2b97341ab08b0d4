"""How like a version's answers are to those that people wrote: BLEU, chrF, ROUGE, on held-back dialogues.

Of each dialogue one answer is asked for, chosen by its id, after all that was said before it. BLEU and chrF
are sacrebleu's (Post 2018, https://aclanthology.org/W18-6319), with its tokenizer "zh" for Chinese; ROUGE is
rouge-score's F-measure (Lin 2004, https://aclanthology.org/W04-1013), Chinese by character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from inference.training.evaluate.answering import Message, Writer
from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import chosen, digest_of, place_in
from inference.training.language.dialogues import BadDialogues, Dialogue, is_learnt

MEASURE = "likeness"
# What a customer reads in one go, and a limit for a version that does not end.
MOST_TOKENS = 160
_WORD = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|[^\W_]+")
_ROUGES = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}


@dataclass(frozen=True, slots=True)
class Case:
    """What was said before, and the answer that a person, or the system that is learnt from, gave."""

    id: str
    asked: tuple[Message, ...]
    reference: str
    language: str


class _Words:
    """Words in small letters; rouge-score's own tokenizer knows no letters but a to z."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(text.casefold())


def cases_of(dialogues: Sequence[Dialogue], most: int) -> list[Case]:
    """Return one answer of each of at most `most` dialogues. Raises BadDialogues where there is none."""
    found = []
    for dialogue in dialogues:
        places = [place for place, one in enumerate(dialogue.messages) if place and is_learnt(one)]
        if not places:
            continue
        place = places[place_in(dialogue.id, len(places))]
        said = tuple(
            {"role": str(one["role"]), "content": str(one["content"])} for one in dialogue.messages[:place]
        )
        found.append(Case(dialogue.id, said, str(dialogue.messages[place]["content"]), dialogue.language))
    if not found:
        raise BadDialogues("The test part of the data set holds no answer after a question.")
    return chosen(found, most, lambda case: case.id)


def named(cases: Sequence[Case]) -> str:
    """Return what names these cases."""
    return digest_of(text for case in cases for text in (case.id, case.asked[-1]["content"], case.reference))


def rows(writer: Writer, cases: Sequence[Case]) -> Iterator[Row]:
    """Yield a row for each case as it is answered; raises CannotAnswer."""
    rouge = RougeScorer(list(_ROUGES.values()), tokenizer=_Words())
    for place, answer in writer.answers([case.asked for case in cases], MOST_TOKENS):
        case = cases[place]
        yield Row(
            MEASURE,
            case.id,
            likeness(answer, case.reference, case.language, rouge),
            {"question": case.asked[-1]["content"], "answer": answer, "reference": case.reference},
        )


def likeness(answer: str, reference: str, language: str, rouge: RougeScorer) -> dict[str, list[float]]:
    """Return what BLEU, chrF and ROUGE of a corpus need of this one answer."""
    # sacrebleu warns of a corpus of one; its statistics of a segment are those of any corpus.
    bleu = BLEU(tokenize="zh" if language.startswith("zh") else "13a", effective_order=True)
    scores = rouge.score(reference, answer)
    return {
        "bleu": [float(one) for one in bleu._extract_corpus_statistics([answer], [[reference]])[0]],
        "chrf": [float(one) for one in CHRF()._extract_corpus_statistics([answer], [[reference]])[0]],
        **{name: [scores[theirs].fmeasure, 1.0] for name, theirs in _ROUGES.items()},
    }
