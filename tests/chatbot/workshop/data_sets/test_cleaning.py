"""Cleaning removes what repeats, is too long, recurs or identifies people, and says what and why."""

import pytest

from chatbot.workshop.data_sets import jobs
from chatbot.workshop.data_sets.cleaning.running import clean, samples_of, steps_of
from chatbot.workshop.data_sets.nearness import Nearness
from chatbot.workshop.data_sets.texts import shingles, text_of
from chatbot.workshop.models import CleaningStep, DataJob, Example
from tests.chatbot.workshop.data_sets.conftest import dialogue, fill, many

pytestmark = pytest.mark.django_db


def quiet(*_arguments, **_options):
    pass


def only(data_set, kind, **settings):
    """Let one step be on, with these settings, and clean."""
    for step in steps_of(data_set):
        step.is_on = step.kind == kind
        step.settings |= settings if step.kind == kind else {}
        step.save()
    clean(data_set, quiet)
    return CleaningStep.objects.get(data_set=data_set, kind=kind)


def removed():
    return {one.question: one.why for one in Example.objects.exclude(removed_by="")}


def test_exact_duplicates_go_and_the_first_stays(data_set):
    first, second, _third = fill(
        data_set, dialogue("Why?", "So."), dialogue(" WHY? ", "so."), dialogue("Why?", "Otherwise.")
    )

    step = only(data_set, "exact")

    second.refresh_from_db()
    assert (second.removed_by, second.why, second.like) == ("exact", "exact", first)
    assert (step.report["before"], step.report["removed"]) == (3, 1)
    assert Example.objects.filter(removed_by="").count() == 2


def test_near_duplicates_go_in_english_and_in_chinese(data_set):
    english = "the lamp that i bought on monday does not work any more and i would like to have my money back"
    chinese = "我上周一在你们店里买的台灯今天突然不亮了请问可以退款或者换一个新的吗谢谢"
    fill(
        data_set,
        dialogue(english, "Please send the lamp back to us and you will get your money within a week."),
        dialogue(
            english + " today", "Please send the lamp back to us and you will get your money within a week."
        ),
        dialogue(chinese, "可以的，请把台灯寄回我们的仓库，我们收到之后会在七天之内退款给您。"),
        dialogue(chinese + "啊", "可以的，请把台灯寄回我们的仓库，我们收到之后会在七天之内退款给您。"),
        *many(30),
    )

    only(data_set, "near", percent=80)

    assert removed() == {english + " today": "near", chinese + "啊": "near"}


def test_signatures_estimate_the_share_of_pieces_in_common():
    words = [f"word{number}" for number in range(200)]
    nearness = Nearness()
    texts = [" ".join(words), " ".join([*words[:190], *(f"other{number}" for number in range(10))])]
    texts.append(" ".join(reversed(words)))
    for text in texts:
        nearness.add(text)
    one, other = shingles(texts[0]), shingles(texts[1])
    exact = len(one & other) / len(one | other)

    assert 0.85 < exact < 0.95
    assert set(nearness.pairs(0.7)) == {(1, 0)}
    assert nearness.repetitions(0.7) == {1: 0}


def test_what_is_not_in_an_allowed_language_goes_and_what_nobody_can_tell_stays(data_set):
    fill(
        data_set,
        dialogue("Wo ist die Lampe?", "Die Lampe ist nicht mehr da, wir haben sie nicht."),
        language="",
    )
    fill(
        data_set,
        dialogue("Where is it?", "The lamp is on its way to you."),
        dialogue("12345", "67890"),
        language="",
    )
    fill(data_set, dialogue("灯在哪里", "已经寄出"), language="")

    step = only(data_set, "language", languages=["en", "zh"])

    assert removed() == {"Wo ist die Lampe?": "language:de"}
    assert step.report["reasons"] == {"language:de": 1}


def test_what_is_too_short_or_too_long_goes(data_set):
    fill(
        data_set,
        *(dialogue("?", "An answer"), dialogue("x" * 51, "An answer"), dialogue("A question", ".")),
        *(dialogue("Long answer", "y" * 61), dialogue("Just right", "Indeed")),
    )

    only(data_set, "length", question_least=2, question_most=50, answer_least=2, answer_most=60)

    assert removed() == {
        "?": "question_short",
        "x" * 51: "question_long",
        "A question": "answer_short",
        "Long answer": "answer_long",
    }


def test_greetings_and_signatures_are_taken_out_of_answers_alone(data_set):
    hello, bye = "Thank you for writing to Lumen.", "Kind regards, the Lumen team"
    examples = fill(
        data_set,
        *(dialogue(one[0]["content"], f"{hello} {one[1]['content']} {hello}\n{bye}") for one in many(30)),
        dialogue("Anybody there?", f"{hello}\n{bye}"),
        dialogue(hello, "What a question that is."),
        dialogue("In the middle?", f"First this. {hello} Then that."),
    )

    step = only(data_set, "boilerplate", per_mille=100, least=10)

    examples[0].refresh_from_db()
    assert examples[0].messages == many(1)[0]
    assert examples[0].given[1]["content"].startswith(hello)
    assert removed() == {"Anybody there?": "only_recurring"}
    assert Example.objects.get(pk=examples[31].pk).messages[0]["content"] == hello
    assert hello in Example.objects.get(pk=examples[32].pk).messages[1]["content"]
    assert (step.report["changed"], step.report["removed"]) == (30, 1)
    assert {text for text, _count in step.report["sentences"]} == {hello.casefold(), bye.casefold()}


def test_an_answer_of_nothing_but_greetings_becomes_context_in_a_longer_dialogue(data_set):
    hello = "Thank you for writing to Lumen."
    long = [*dialogue("Hi", hello), *dialogue("It broke", "Send it back, please.")]
    example = fill(data_set, long, *(dialogue(f"Question {number}", hello) for number in range(20)))[0]

    only(data_set, "boilerplate", per_mille=100, least=10)

    example.refresh_from_db()
    assert [one.get("weight") for one in example.messages] == [None, 0, None, None]


def test_personal_data_is_masked_and_order_numbers_stay(data_set):
    example = fill(
        data_set,
        dialogue(
            "Mail me at jo.doe@mail.example or +44 20 7946 0958, order 4711-0815",
            "Card 4111 1111 1111 1111 and 13812345678, order 1234567890123456",
        ),
    )[0]

    step = only(data_set, "personal")

    example.refresh_from_db()
    assert [one["content"] for one in example.messages] == [
        "Mail me at [email] or [phone], order 4711-0815",
        "Card [card] and [phone], order 1234567890123456",
    ]
    assert step.report["reasons"] == {"personal:email": 1, "personal:phone": 2, "personal:card": 1}
    (sample,) = samples_of(step)
    assert "jo.doe" in sample["before"][0]["content"] and "jo.doe" not in sample["after"][0]["content"]


def test_cleaning_begins_from_what_was_given_each_time(data_set):
    example = fill(data_set, dialogue("Mail jo@mail.example", "Yes, we do."), dialogue("?", "Yes"))[0]
    only(data_set, "personal")

    step = only(data_set, "length")

    example.refresh_from_db()
    assert example.messages[0]["content"] == "Mail jo@mail.example" and example.given is None
    assert step.report["removed"] == 1
    assert not CleaningStep.objects.get(kind="personal").report


def test_each_step_sees_what_the_one_before_left(data_set):
    fill(data_set, dialogue("?", "Yes"), dialogue("?", "Yes"), *many(5))

    clean(data_set, quiet)

    reports = {step.kind: step.report["before"] for step in steps_of(data_set)}
    assert (reports["exact"], reports["near"], reports["boilerplate"]) == (7, 6, 5)


def test_a_cancelled_cleaning_changes_nothing(data_set):
    fill(data_set, dialogue("Mail jo@mail.example", "Yes"), dialogue("Mail jo@mail.example", "Yes"), *many(5))
    job = DataJob.objects.create(data_set=data_set, kind="clean")
    claimed = DataJob.objects.claim(job.public_id)
    steps_of(data_set)
    before = list(Example.objects.order_by("pk").values())
    told = []

    class Impatient(jobs.Teller):
        def __call__(self, stage, done=0, of=0, detail=""):
            told.append(detail)
            if detail == "Personal data":
                raise jobs.Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "Teller", Impatient)
        jobs.carry_out(claimed)

    job.refresh_from_db()
    assert job.state == "cancelled" and "Exact duplicates" in told
    assert list(Example.objects.order_by("pk").values()) == before


def test_the_text_that_is_compared_leaves_the_system_message_out():
    messages = [{"role": "system", "content": "Be kind"}, *dialogue("Wh\u00e9re  is\nIT", "There")]

    assert text_of(messages) == "whére is it\nthere"
