"""From what a client sends to the tokens that the model reads, and the grammar that it follows."""

from __future__ import annotations

from asyncio import to_thread

from jinja2 import TemplateError

from inference.engine.grammar import Grammar
from inference.engine.loader import LanguageModel
from inference.engine.markers import without_markers
from inference.server.errors import ApiError
from inference.server.schemas import ChatFields, JsonObjectFormat, JsonSchemaFormat, ResponseFormat


def chat_prompt(model: LanguageModel, chat: ChatFields) -> list[int]:
    """The conversation through the model's chat template.

    A final message to be continued is put after the template's opening of an answer, to the letter, so that
    the model goes on as if it had written that text itself. Raises ApiError where the template refuses.
    """
    messages = [message.for_template() for message in chat.messages]
    beginning = messages.pop()["content"] if chat.continue_final_message else ""
    for message in messages:
        message["content"] = without_markers(model.tokenizer, message["content"])
    try:
        text = model.tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=chat.add_generation_prompt or chat.continue_final_message,
            **(chat.chat_template_kwargs or {}),
        )
    except (TemplateError, ValueError, TypeError, IndexError) as error:
        raise ApiError(
            400,
            f"The model's chat template refuses these messages: {error}",
            code="invalid_value",
            param="messages",
        ) from error
    return text_prompt(model, text + beginning, add_special_tokens=False)


def text_prompt(model: LanguageModel, text: str, *, add_special_tokens: bool = True) -> list[int]:
    """The tokens of a text."""
    return list(model.tokenizer.backend_tokenizer.encode(text, add_special_tokens=add_special_tokens).ids)


async def grammar_for(model: LanguageModel, response_format: ResponseFormat | None) -> Grammar | None:
    """What answers of this format follow; None where they are free. Raises InvalidParameter.

    A schema is compiled in a thread, since a large one takes long.
    """
    match response_format:
        case JsonObjectFormat():
            return await to_thread(Grammar, {"type": "object"}, model.tokenizer, model.stop_tokens)
        case JsonSchemaFormat(json_schema=given):
            strict = bool(given.strict)
            return await to_thread(
                Grammar, given.definition, model.tokenizer, model.stop_tokens, strict=strict
            )
        case _:
            return None
