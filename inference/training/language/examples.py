"""From dialogues to tokens of which the answers are learnt, to the token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerFast

from inference.engine.markers import without_markers
from inference.training.language.dialogues import BadDialogues, Dialogue, is_learnt

Message = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Example:
    """The tokens of one dialogue as the model reads it; `learnt[i]`: token i is part of an answer.

    The token that ends an answer is part of it, since the model has to say it.
    """

    tokens: tuple[int, ...]
    learnt: tuple[bool, ...]

    @property
    def answer_tokens(self) -> int:
        """How many tokens are learnt; the first token of all follows nothing, and so cannot be."""
        return sum(self.learnt[1:])


def encode(dialogues: Sequence[Dialogue], tokenizer: PreTrainedTokenizerFast, longest: int) -> list[Example]:
    """One example for each dialogue that has an answer to learn from, in order.

    Dialogues pass the chat template as in an answer of the model server. One of more than `longest` tokens
    loses its first turns, each as a whole, but not what the system says; an exchange that is too long by
    itself loses its end. Raises BadDialogues where the template refuses a dialogue, or nothing is left.
    """
    examples = [_example(dialogue, tokenizer, longest) for dialogue in dialogues]
    found = [example for example in examples if example is not None]
    if not found:
        raise BadDialogues(
            f"No dialogue has an answer to learn from within {longest} tokens: allow longer dialogues."
        )
    return found


def _example(dialogue: Dialogue, tokenizer: PreTrainedTokenizerFast, longest: int) -> Example | None:
    messages = [
        {**message, "content": without_markers(tokenizer, str(message["content"]))}
        for message in dialogue.messages
    ]
    try:
        for some in _fitting_first(messages, tokenizer, longest):
            example = _masked(some, tokenizer)
            if example.answer_tokens:
                cut = Example(example.tokens[:longest], example.learnt[:longest])
                return cut if cut.answer_tokens else None
    except (TemplateError, ValueError, TypeError, IndexError) as error:
        raise BadDialogues(
            f"The model's chat template refuses the dialogue {dialogue.id}: {error}"
        ) from error
    return None


def _fitting_first(
    messages: Sequence[Message], tokenizer: PreTrainedTokenizerFast, longest: int
) -> Iterator[list[Message]]:
    """The most of the messages that `longest` tokens hold, or else the fewest, and then ever more of them.

    Lengths are found before anything is masked, since that writes a dialogue once for each of its answers.
    """
    tried: list[list[Message]] = []
    for some in _ever_shorter(messages):
        tried.append(some)
        if len(_tokens(tokenizer, some)) <= longest:
            break
    yield from reversed(tried)


def _ever_shorter(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages, then without the first turn, and so on to the last question and its answers."""
    opening = next((at for at, message in enumerate(messages) if message["role"] != "system"), len(messages))
    yield list(messages)
    for start in range(opening + 1, len(messages)):
        if messages[start]["role"] == "user" and messages[start - 1]["role"] != "user":
            yield [*messages[:opening], *messages[start:]]


def _masked(messages: Sequence[Message], tokenizer: PreTrainedTokenizerFast) -> Example:
    """The tokens of all messages, learnt between what the model is given and where its answer ends.

    What it is given is the template of the messages before with the opening of an answer; that this, and the
    template up to the answer's end, begin the whole is checked in tokens. An answer of which it does not hold
    (some templates write old answers another way than new ones) is context.
    """
    whole = _tokens(tokenizer, messages)
    learnt = [False] * len(whole)
    for index, message in enumerate(messages):
        if index == 0 or not is_learnt(message):
            continue
        given = _tokens(tokenizer, messages[:index], opened=True)
        ended = whole if index == len(messages) - 1 else _tokens(tokenizer, messages[: index + 1])
        if whole[: len(given)] != given or whole[: len(ended)] != ended:
            continue
        for at in range(len(given), _end(ended, len(given), tokenizer.eos_token_id)):
            learnt[at] = True
    return Example(tuple(whole), tuple(learnt))


def _end(tokens: list[int], start: int, stop: int | None) -> int:
    """Where an answer that begins at `start` ends: after its last stop token, or with the tokens.

    What a template writes after the stop token, such as a line break, is never the model's to say.
    """
    return next((at + 1 for at in range(len(tokens) - 1, start - 1, -1) if tokens[at] == stop), len(tokens))


def _tokens(
    tokenizer: PreTrainedTokenizerFast, messages: Sequence[Message], *, opened: bool = False
) -> list[int]:
    spoken = [{"role": message["role"], "content": message["content"]} for message in messages]
    text = tokenizer.apply_chat_template(spoken, tokenize=False, add_generation_prompt=opened)
    return list(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)
