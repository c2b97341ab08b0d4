"""How much of what is sent stands in no passage: `python -m benchmarks.grounding --json FILE`.

Public questions go through the real reply path with the model in use, in the mode that suits it and in
"checked", where every sentence of the model is looked at before it is sent. What was sent is then judged
by another measure than the path's own: the share of a sentence's three-word sequences that stand word for
word in one of the passages found for it. A sentence with less than half of them counts as unsupported.
Questions come from covid_faq and clinc150 in ../shared/data; without that folder nothing is measured.
"""

import argparse
import asyncio
import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings

DATA = Path("../shared/data")
SUPPORTED_SHARE = 0.5
_WORD = r"\w+"
_QUESTIONS = 150


def unsupported(sentence: str, passages: Sequence[str]) -> bool:
    """Tell whether less than half of the sentence's three-word sequences stand in one of the passages."""
    bare = " ".join(re.findall(_WORD, sentence.casefold()))
    if any(f" {bare} " in f" {' '.join(re.findall(_WORD, passage.casefold()))} " for passage in passages):
        return False
    said = _sequences(sentence)
    shares = [len(said & _sequences(passage)) / len(said) for passage in passages] if said else [1.0]
    return max(shares, default=0.0) < SUPPORTED_SHARE


def _sequences(text: str) -> set[tuple[str, ...]]:
    words = re.findall(_WORD, text.casefold())
    return {tuple(words[i : i + 3]) for i in range(max(1, len(words) - 2))} if words else set()


def _covid() -> tuple[list[dict[str, str]], list[str]]:
    with (DATA / "covid_faq" / "faq_covidbert.csv").open(encoding="utf-8") as file:
        faq = [row for row in csv.DictReader(file) if row["lang"] == "en"]
    with (DATA / "covid_faq" / "eval_question_similarity_en.csv").open(encoding="utf-8") as file:
        asked = list(dict.fromkeys(row["question_2"] for row in csv.DictReader(file)))
    passages = [{"id": str(i), "title": row["question"], "text": row["answer"]} for i, row in enumerate(faq)]
    return passages, asked


def _clinc() -> list[str]:
    data = json.loads((DATA / "clinc150" / "data_dev.json").read_text(encoding="utf-8"))
    inside = [text for text, _intent in data["val"]][::30]
    outside = [text for text, _intent in data["oos_val"]]
    return [text for pair in zip(inside, outside, strict=False) for text in pair]


def measure(questions: int, skip: int) -> dict[str, Any]:
    """Return the figures of both modes, "default" being the model's own, with `questions` of each set.

    The first `skip` are left out: rules that were made while reading some are to be judged on others.
    """
    from chatbot.knowledge.text_retriever import TextPassage
    from chatbot.monitoring.evaluations.answers import retriever_over

    rows, covid = _covid()
    # Texts under their titles, so that the path takes them for documents and lets the model write.
    retriever = retriever_over([TextPassage(id=r["id"], title=r["title"], text=r["text"]) for r in rows])
    asked = {
        name: found[skip : skip + questions] for name, found in (("covid_faq", covid), ("clinc150", _clinc()))
    }
    return {mode: _measure_mode(mode, asked, retriever) for mode in ("default", "checked")}


def _measure_mode(mode: str, asked: dict[str, list[str]], retriever: Any) -> dict[str, Any]:
    from chatbot.conversations.answering import sentences
    from chatbot.monitoring.evaluations.answers import answer_all
    from chatbot.workshop.evaluating.question_files import Case

    figures: dict[str, Any] = {"answers": []}
    for name, questions in asked.items():
        checked: Any = {"mode": "checked", "strong": 2.0} if mode == "checked" else {}
        answers = asyncio.run(answer_all([Case(text) for text in questions], retriever, **checked))
        sent = wrong = 0
        for answer in answers:
            texts = [passage["text"] for passage in answer.account.passages]
            written = answer.account.kind in ("curated", "quoted", "checked", "free")
            judged = [
                {"text": part.strip(), "unsupported": unsupported(part, texts)}
                for part in (sentences.split(answer.text) if written else ())
            ]
            sent += len(judged)
            wrong += sum(bool(each["unsupported"]) for each in judged)
            used = [p["text"] for p in answer.account.passages if p["cited"]]
            figures["answers"].append(
                {
                    "set": name,
                    "question": answer.case.question,
                    "kind": answer.account.kind,
                    "sentences": judged,
                    "dropped": [s["text"] for s in answer.account.sentences if not s["sent"]],
                    "passages": used,
                }
            )
        figures[name] = {
            "questions": len(answers),
            "kinds": {
                k: sum(a.account.kind == k for a in answers) for k in {a.account.kind for a in answers}
            },
            "sentences_written": sum(len(a.account.sentences) for a in answers),
            "sentences_sent": sent,
            "unsupported_sent": wrong,
            "unsupported_share": round(wrong / sent, 4) if sent else 0.0,
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=_QUESTIONS, help=f"of each set ({_QUESTIONS})")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many (0)")
    options = parser.parse_args()
    django.setup()
    from benchmarks.model_server import running_model_server

    with running_model_server(settings.INFERENCE_URLS[0]):
        figures = measure(options.questions, options.skip)
    options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for mode, found in figures.items():
        print(mode, {name: found[name] for name in ("covid_faq", "clinc150")})


if __name__ == "__main__":
    main()
