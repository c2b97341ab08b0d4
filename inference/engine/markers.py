"""The markers of a chat template, which no message may spell out."""

from __future__ import annotations

from transformers import PreTrainedTokenizerFast


def without_markers(tokenizer: PreTrainedTokenizerFast, text: str) -> str:
    """The text with every special token's spelling broken by a blank.

    The template's text is tokenised as a whole, so that a message which spells out the end of a turn would
    otherwise end it and could speak as the system.
    """
    for token in tokenizer.added_tokens_decoder.values():
        if token.special and len(token.content) > 1:
            text = text.replace(token.content, f"{token.content[0]} {token.content[1:]}")
    return text
