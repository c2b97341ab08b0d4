"""Real questions through real sockets: all complete, and what was streamed is what is stored."""

from pathlib import Path

import pytest

from benchmarks.chat import QUESTIONS, measure_chat, read_questions
from tests.faults.conftest import SupervisedInstallation

OWN_QUESTIONS = ["Where is my parcel?", "Can I change my address?", "我的订单在哪里？", "How do I pay?"]


async def test_every_answer_arrives_whole(supervised: SupervisedInstallation) -> None:
    questions = read_questions(QUESTIONS, 8) if QUESTIONS.exists() else OWN_QUESTIONS
    figures = await measure_chat(supervised.url, "demo", questions, sockets=4)

    assert (figures.completed, figures.lost) == (len(questions), 0)
    assert figures.ttft_p50_ms <= figures.ttft_p95_ms < figures.seconds * 1000


def test_questions_are_spread_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "questions.csv"
    file.write_text("text,category\n" + "".join(f'"Question {n}, please",x\n' for n in range(100)))

    assert read_questions(file, 4) == [f"Question {n}, please" for n in (0, 25, 50, 75)]


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_questions(tmp_path / "none.csv", 4)
