"""BLEU, chrF and ROUGE of a corpus are those of the kept libraries, from what each answer gave."""

import numpy as np
import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from inference.training.evaluate.likeness import _ROUGES, _Words, cases_of, likeness
from inference.training.evaluate.scores import score
from inference.training.language.dialogues import BadDialogues, Dialogue

ANSWERS = ["The lamp arrives in three days.", "You may return it within a month.", "No."]
REFERENCES = ["The lamp arrives within three days.", "You may send it back within thirty days.", "Yes, sir."]


def figure(name, answers, references, language):
    rouge = RougeScorer(list(_ROUGES.values()), tokenizer=_Words())
    rows = [likeness(*pair, language, rouge)[name] for pair in zip(answers, references, strict=True)]
    return score(name, np.array(rows).sum(axis=0, keepdims=True))[0]


def test_english_is_as_sacrebleu_counts_a_corpus():
    assert figure("bleu", ANSWERS, REFERENCES, "en") == pytest.approx(
        sacrebleu.corpus_bleu(ANSWERS, [REFERENCES]).score
    )
    assert figure("chrf", ANSWERS, REFERENCES, "en") == pytest.approx(
        sacrebleu.corpus_chrf(ANSWERS, [REFERENCES]).score
    )


def test_chinese_counts_by_character():
    said, meant = ["台灯三天内送到。", "可以退货。"], ["台灯三天内送达。", "三十天内可以退货。"]

    assert figure("bleu", said, meant, "zh") == pytest.approx(
        sacrebleu.corpus_bleu(said, [meant], tokenize="zh").score
    )
    assert figure("rouge_l", ["台灯到了"], ["台灯来了"], "zh") == pytest.approx(0.75)


def test_rouge_is_that_of_rouge_score_where_that_can_read():
    theirs = RougeScorer(["rougeL"]).score(REFERENCES[0], ANSWERS[0])["rougeL"].fmeasure

    assert figure("rouge_l", ANSWERS[:1], REFERENCES[:1], "en") == pytest.approx(theirs)


def dialogue(key, *weights):
    said = [{"role": "user", "content": "?"}]
    for weight in weights:
        said += [
            {"role": "assistant", "content": f"{key}!", "weight": weight},
            {"role": "user", "content": "?"},
        ]
    return Dialogue(key, tuple(said), "en")


def test_one_answer_of_each_dialogue_is_asked_for_and_always_the_same():
    dialogues = [dialogue(f"d{number}", 1, 1, 1, 1) for number in range(30)]

    first, again = cases_of(dialogues, 20), cases_of(list(reversed(dialogues)), 20)

    assert first == again and len({case.id for case in first}) == 20
    # Not the same turn of every dialogue.
    assert len({len(case.asked) for case in first}) > 2


def test_an_answer_that_is_context_only_is_not_asked_for():
    assert cases_of([dialogue("a", 0, 1)], 5)[0].asked[-2]["content"] == "a!"
    with pytest.raises(BadDialogues, match="no answer"):
        cases_of([dialogue("a", 0)], 5)
