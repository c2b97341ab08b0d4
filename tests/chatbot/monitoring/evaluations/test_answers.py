"""Questions of a file go the whole way of a visitor's."""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from chatbot.knowledge.retrieval import Found, Retrieval
from chatbot.monitoring.evaluations.answers import answer_all
from chatbot.workshop.evaluating.question_files import Case, read_cases
from inference.training.json_lines import BadLines
from tests.scripted_model import scripted_model

pytestmark = pytest.mark.django_db(transaction=True)


class _Shelf:
    """Finds one passage, for questions about lamps alone."""

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval:
        found = Found("p1", "d1", "Lamps", "", "", "", "Lamps are free on Sundays.", 0.9, 0.9, 0.9)
        return Retrieval(query, [found], 0.6 if "lamp" in query else 0.0)


async def test_all_cases_are_answered_in_order(settings: LazySettings) -> None:
    async with scripted_model(pieces=["Lamps are free on Sundays."]) as model:
        settings.INFERENCE_URLS = [model.url]
        cases = [Case("When are lamps free?"), Case("Who won the cup?", answerable=False)]
        answered = await answer_all(cases, _Shelf(), "checked")

    assert [(each.case, each.account.kind) for each in answered] == [
        (cases[0], "checked"),
        (cases[1], "unknown"),
    ]
    assert answered[0].text == "Lamps are free on Sundays."


def test_the_dataset_is_read(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    rows = [
        {"question": "A?", "reference": "a", "relevant": ["1", 2]},
        {"question": "B?", "answerable": False},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))

    assert read_cases(file) == [
        Case("A?", "a", frozenset({"1", "2"})),
        Case("B?", answerable=False),
    ]


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"question": "A?", "relevant": "1"}'])
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(text)
    with pytest.raises(BadLines, match=r"d\.jsonl"):
        read_cases(file)
