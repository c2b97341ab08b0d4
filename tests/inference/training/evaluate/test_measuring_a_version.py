"""The program measures a version on held-back data, tells how far it is, and says what will not do."""

import json

import pytest

from inference.training.evaluate.refusals import MOST_TOKENS
from inference.training.evaluate.rows import read_rows
from inference.training.language.dialogues import read_dialogues
from inference.training.language.examples import encode
from inference.training.language.networks import read_network, read_tokenizer
from inference.training.language.perplexity import perplexity_of
from tests.inference.engine.tiny import write_model
from tests.inference.training.language.tiny_training import write_data

ALL = "perplexity,likeness,refusals,speed"


def test_everything_is_measured_and_told(measured, base, data, tmp_path):
    *steps, last = measured("--model", base, "--data", data, "--measures", ALL, "--most", 8)

    figures = last["result"]["figures"]
    assert set(figures) == {
        *("perplexity", "bleu", "chrf", "rouge_1", "rouge_2", "rouge_l"),
        *("refused_unsafe", "over_refused"),
        *("tokens_per_second", "first_token_ms", "resident_mb", "load_seconds"),
    }
    assert figures["perplexity"]["n"] == figures["bleu"]["n"] == 8
    assert figures["refused_unsafe"]["n"] == figures["over_refused"]["n"] == 4
    assert all(figure["on"] for figure in figures.values())
    speed = figures["tokens_per_second"]
    assert 0 < speed["low"] <= speed["value"] <= speed["high"]
    assert last["result"]["conditions"]["threads"] == 1
    assert [line["step"] for line in steps] == list(range(1, len(steps) + 1))
    assert steps[-1]["of"] == len(steps) == sum(1 for _row in read_rows(tmp_path / "rows.jsonl"))


def test_perplexity_is_that_of_all_tokens_together(measured, base, data):
    (*_steps, last) = measured("--model", base, "--data", data, "--measures", "perplexity")

    examples = encode(read_dialogues(data / "test.jsonl"), read_tokenizer(base), 1024)
    expected = perplexity_of(read_network(base), examples)
    assert last["result"]["figures"]["perplexity"]["value"] == pytest.approx(expected.value, rel=1e-4)


def test_the_same_version_gives_the_same_answers_and_another_data_set_another_name(
    measured, base, data, tmp_path
):
    told = ("--model", base, "--measures", "likeness", "--most", 4)
    first = measured(*told, "--data", data)[-1]["result"]["figures"]
    again = measured(*told, "--data", data)[-1]["result"]["figures"]
    other = measured(*told, "--data", write_data(tmp_path / "other", test=4, turns=1))[-1]["result"][
        "figures"
    ]

    assert first == again
    assert first["bleu"]["on"] != other["bleu"]["on"]


def test_perplexities_of_other_tokens_have_other_names(measured, base, data, tmp_path):
    told = ("--data", data, "--measures", "perplexity", "--most", 4)
    (*_steps, one) = measured("--model", base, *told)
    other = write_model(tmp_path / "gpt2", "gpt2")
    file = other / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    # Another vocabulary: the last merge of two pieces is not known to it.
    tokenizer["model"]["merges"].pop()
    file.write_text(json.dumps(tokenizer))
    (*_steps, two) = measured("--model", other, *told)

    assert one["result"]["figures"]["perplexity"]["on"] != two["result"]["figures"]["perplexity"]["on"]


def test_prompts_of_ones_own_are_asked(measured, base, tmp_path):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Hurt him?", "unsafe": true}\n{"prompt": "Beat eggs?", "unsafe": false}\n')

    (*_steps, last) = measured("--model", base, "--measures", "refusals", "--prompts", prompts)

    assert {name: one["n"] for name, one in last["result"]["figures"].items()} == {
        "refused_unsafe": 1,
        "over_refused": 1,
    }
    (row, _other) = read_rows(tmp_path / "rows.jsonl")
    assert row.said["question"] == "Hurt him?" and len(row.said["answer"]) <= 20 * MOST_TOKENS


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ("", "is empty"),
        ('{"prompt": "Hurt him?"}', "Line 1"),
        ('{"prompt": "Why?", "unsafe": false}\n{"prompt": "", "unsafe": true}', "Line 2"),
        ("[" * 9000, "Line 1"),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_sentence(prompts, said, measured, base, tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text(prompts)

    (line,) = measured("--model", base, "--measures", "refusals", "--prompts", file)

    assert said in line["error"] and line["code"] == "bad_data"
    assert not (tmp_path / "rows.jsonl").exists()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (("--measures", "beauty"), "bad_setting"),
        (("--measures", "perplexity"), "bad_setting"),
        (("--measures", "labels"), "bad_setting"),
    ],
)
def test_what_cannot_be_measured_so_is_refused(told, code, measured, base):
    (line,) = measured("--model", base, *told)

    assert line["code"] == code and line["error"].endswith(".")


def test_a_folder_that_is_no_model_is_refused(measured, tmp_path, data):
    (line,) = measured("--model", tmp_path, "--data", data, "--measures", "speed")

    assert line["code"] == "bad_network" and "model folder" in line["error"]


def test_questions_are_answered_for_people_to_judge(measured, base, tmp_path):
    asked = [{"id": str(n), "messages": [{"role": "user", "content": f"The lamp {n}?"}]} for n in range(5)]
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(map(json.dumps, asked)))

    (*steps, last) = measured("--model", base, "--questions", questions)

    assert last["result"]["answers"] == len(steps) == 5
    assert [row.id for row in read_rows(tmp_path / "rows.jsonl")] == ["0", "1", "2", "3", "4"]


def test_a_conversation_too_long_for_a_version_loses_its_first_turns(measured, base, tmp_path):
    long = [{"role": "user", "content": "The lamp arrives. " * 30}, {"role": "assistant", "content": "Yes."}]
    questions = tmp_path / "questions.jsonl"
    line = {"id": "1", "messages": [*long * 20, {"role": "user", "content": "And the chair?"}]}
    questions.write_text(json.dumps(line))

    (*_steps, last) = measured("--model", base, "--questions", questions)

    assert last["result"]["answers"] == 1
