"""Answers of random weights follow their schema to the letter, whatever they would rather say."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from inference.engine.engine import Engine
from inference.engine.grammar import MAX_SCHEMA_BYTES, Grammar
from inference.engine.loader import LanguageModel
from inference.engine.request import FinishReason, InvalidParameter, Request, SamplingParameters
from inference.engine.sampler import Wanted, sample
from tests.inference.engine.conftest import Asked, run

Check = Callable[[Any], bool]

SCHEMAS: dict[str, tuple[dict[str, Any], Check]] = {
    "enum": ({"enum": ["red", "green", 7, None]}, lambda value: value in ("red", "green", 7, None)),
    "number": (
        {"type": "integer", "minimum": 10, "maximum": 99},
        lambda value: isinstance(value, int) and 10 <= value <= 99,
    ),
    "object": (
        {
            "type": "object",
            "properties": {
                "kind": {"enum": ["return", "delivery"]},
                "urgent": {"type": "boolean"},
                "name": {"type": "string", "maxLength": 8},
            },
            "required": ["kind", "urgent", "name"],
            "additionalProperties": False,
        },
        lambda value: (
            list(value) == ["kind", "urgent", "name"]
            and value["kind"] in ("return", "delivery")
            and isinstance(value["urgent"], bool)
            and len(value["name"]) <= 8
        ),
    ),
    "nested array": (
        {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "integer", "minimum": 0, "maximum": 9},
            },
        },
        lambda value: (
            1 <= len(value) <= 3 and all(len(pair) == 2 and set(pair) <= set(range(10)) for pair in value)
        ),
    ),
}


def _grammar(model: LanguageModel, schema: dict[str, Any], *, strict: bool = True) -> Grammar:
    return Grammar(schema, model.tokenizer, model.stop_tokens, strict=strict)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_answer_parses_and_validates(engine: Engine, tiny_model: LanguageModel, name: str) -> None:
    schema, valid = SCHEMAS[name]
    grammar = _grammar(tiny_model, schema)
    answers = [
        Asked(engine, [5, 6], max_tokens=200, temperature=1.0, seed=seed, grammar=grammar)
        for seed in range(4)
    ]
    run(engine)

    for answer in answers:
        assert answer.last.finish_reason is FinishReason.STOP, answer.last
        assert valid(json.loads(answer.text)), answer.text


def test_a_greedy_answer_follows_too_and_its_neighbour_is_free(
    engine: Engine, tiny_model: LanguageModel
) -> None:
    bound = Asked(
        engine, [5, 6], max_tokens=9, temperature=0, grammar=_grammar(tiny_model, {"enum": ["red", "blue"]})
    )
    free = Asked(engine, [5, 6], max_tokens=9, temperature=0, ignore_eos=True)
    run(engine)

    assert json.loads(bound.text) in ("red", "blue")
    assert free.last.finish_reason is FinishReason.LENGTH


def test_an_answer_may_end_only_when_it_is_complete(engine: Engine, tiny_model: LanguageModel) -> None:
    cut = Asked(
        engine, [5], max_tokens=3, temperature=1.0, grammar=_grammar(tiny_model, {"const": "three days"})
    )
    run(engine)

    assert cut.last.finish_reason is FinishReason.LENGTH
    assert '"three days"'.startswith(cut.text)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strin"},
        {"properties": {"a": 4}},
        {"type": "string", "pattern": "("},
        {"not": {"type": "string"}},
        {"$ref": "https://example.com/schema"},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"enum": ["x" * MAX_SCHEMA_BYTES]},
    ],
)
def test_a_schema_that_cannot_be_followed_is_refused(
    tiny_model: LanguageModel, schema: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameter, match="response_format") as raised:
        _grammar(tiny_model, schema)

    assert raised.value.parameter == "response_format"


def test_unless_strict_what_cannot_be_enforced_is_ignored(tiny_model: LanguageModel) -> None:
    _grammar(tiny_model, {"type": "integer", "not": {"const": 4}}, strict=False)


def test_a_grammar_that_grows_too_complex_fails_its_own_answer_only(
    engine: Engine, tiny_model: LanguageModel
) -> None:
    grammar = _grammar(tiny_model, {"type": "string", "pattern": "^(.{0,99}[a-m]){50}b$"})
    wild = Asked(engine, [5], max_tokens=450, temperature=2.0, seed=1, grammar=grammar)
    calm = Asked(engine, [5], max_tokens=20, temperature=0, ignore_eos=True)
    run(engine)

    assert wild.last.finish_reason is FinishReason.ERROR and "too complex" in wild.last.error
    assert calm.last.finish_reason is FinishReason.LENGTH


def test_drafts_change_nothing_in_an_answer_that_follows_a_grammar(tiny_model: LanguageModel) -> None:
    grammar = _grammar(tiny_model, SCHEMAS["object"][0])
    rows = torch.randn(100, tiny_model.vocabulary, generator=torch.Generator().manual_seed(2))

    def ask() -> Request:
        sampling = SamplingParameters(max_tokens=100, seed=3, grammar=grammar)
        return Request([5], sampling, deliver=lambda output: None)

    plain, request = [], ask()
    while not plain or plain[-1].token not in tiny_model.stop_tokens:
        place = len(plain)
        ((drawn,),) = sample(rows[place : place + 1], [Wanted(request)], tiny_model.stop_tokens)
        plain.append(drawn)
    right = [drawn.token for drawn in plain]
    wrong = [*right[:5], right[5] + 1, *right[6:]]

    (drafted,) = sample(rows[: len(right)], [Wanted(ask(), right[:-1])], tiny_model.stop_tokens)
    (corrected,) = sample(rows[: len(right)], [Wanted(ask(), wrong[:-1])], tiny_model.stop_tokens)

    assert drafted == plain and corrected == plain[:6]


@pytest.mark.parametrize("other", [{"ignore_eos": True}, {"min_tokens": 4}])
def test_an_end_that_is_put_off_and_a_grammar_exclude_each_other(
    tiny_model: LanguageModel, other: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameter, match="response_format"):
        SamplingParameters(grammar=_grammar(tiny_model, {"type": "integer"}), **other)
