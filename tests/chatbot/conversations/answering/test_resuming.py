"""An answer that broke off goes on from what was sent, in every mode, as if it had not broken off."""

import pytest

from tests.chatbot.conversations.answering.shelf import Shelf, answered, passage, question
from tests.scripted_model import ScriptedModel

TEXT = "You can return unused lamps within 30 days of delivery. Returns are free in Germany and Austria."
RETURNS = passage(TEXT)


@pytest.mark.parametrize("sent", [0, 1, 20, len(TEXT)])
async def test_a_quotation_goes_on(model: ScriptedModel, sent: int) -> None:
    asked = question("How do returns work?", mode="quote", so_far=TEXT[:sent])
    text, account = await answered(asked, model.url, Shelf(RETURNS))

    assert (text, account.kind, len(account.sources)) == (TEXT, "quoted", 1)


async def test_what_the_knowledge_no_longer_says_stays_and_the_answer_follows(model: ScriptedModel) -> None:
    asked = question("How do returns work?", mode="quote", so_far="Returns cost")
    text, _account = await answered(asked, model.url, Shelf(RETURNS))

    assert text == f"Returns cost\n\n{TEXT}"


async def test_a_checked_answer_goes_on_from_its_sentences(model: ScriptedModel) -> None:
    first, second = TEXT.split(" Returns")
    model.pieces = [first, " Returns", second]
    asked = question("How do returns work?", so_far=first + " ")
    text, account = await answered(asked, model.url, Shelf(RETURNS))

    assert text == TEXT and account.kind == "checked"
    assert [s["sent"] for s in account.sentences] == [True, True]
    assert model.requests[0]["messages"][-1] == {"role": "assistant", "content": first + " "}


async def test_a_checked_answer_that_was_quoted_in_the_end_is_not_written_again(model: ScriptedModel) -> None:
    asked = question("How do returns work?", so_far=TEXT)
    text, account = await answered(asked, model.url, Shelf(RETURNS))

    assert (text, account.kind, len(account.sources)) == (TEXT, "quoted", 1) and model.requests == []


async def test_a_free_answer_goes_on(model: ScriptedModel) -> None:
    asked = question("How do returns work?", mode="free", so_far="Hello from")
    text, account = await answered(asked, model.url, Shelf(RETURNS))

    assert text == "Hello from the script." and len(account.sentences) == 1


async def test_a_model_that_breaks_off_keeps_the_sentences_that_were_sent(model: ScriptedModel) -> None:
    first, second = TEXT.split(" Returns")
    model.pieces = [first + " ", "Returns", second]
    model.break_after = 2
    text, account = await answered(question("How do returns work?"), model.url, Shelf(RETURNS))

    assert text == TEXT and account.kind == "checked"
