"""`python -m benchmarks.data_sets` tells what importing, cleaning and a version of a data set took."""

import csv
from pathlib import Path

import pytest

from benchmarks.data_sets import figures_of, write_conversations

QUESTIONS = (
    *("Where is my card?", "It has been two weeks.", "Which fees are there?", "Can I pay abroad?"),
    *(
        "My PIN does not work.",
        "How do I get a new one?",
        "Who may open an account?",
        "I am sixteen years old.",
    ),
)
ANSWERS = (
    *("Please wait until tomorrow, it is on its way to you.", "There are none, wherever you pay with it."),
    *("A letter with the number comes within a week.", "Everybody from the age of eighteen years on."),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder like that of the real data, with four conversations' worth of it."""
    tables = {"banking77/train.csv": ("text", QUESTIONS), "covid_faq/faq_covidbert.csv": ("answer", ANSWERS)}
    for name, (column, texts) in tables.items():
        table = tmp_path / name
        table.parent.mkdir()
        with table.open("w", encoding="utf-8", newline="") as rows:
            csv.writer(rows).writerows([[column], *([text] for text in texts)])
    return tmp_path


@pytest.mark.django_db
def test_every_part_of_the_work_is_timed(data: Path):
    file = data / "conversations.jsonl"
    write_conversations(data, file)

    figures = figures_of(file)

    assert figures["conversations"] == 4
    assert min(figures[f"{part}_seconds"] for part in ("import", "clean", "version")) >= 0
    assert figures["steps"]["exact"] == {
        **figures["steps"]["exact"],
        "before": 4,
        "removed": 0,
        "changed": 0,
    }
