"""What clients send: the parts of OpenAI's API that the engine serves, and a few of vLLM's additions.

Unknown fields are ignored, as vLLM does. Known ones that the engine cannot honour are refused, never dropped
in silence.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from inference.engine.request import SamplingParameters


class StreamOptions(BaseModel):
    include_usage: bool = False


class SamplingFields(BaseModel):
    """The fields that chat and text completions share."""

    model_config = ConfigDict(strict=True)

    model: str
    max_tokens: int | None = None
    min_tokens: int = 0
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    ignore_eos: bool = False
    n: int | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None

    @field_validator("n")
    @classmethod
    def _one_answer(cls, n: int | None) -> int | None:
        if n not in (None, 1):
            raise ValueError("only n=1 is served; send the request several times for several answers.")
        return n

    @field_validator("logit_bias")
    @classmethod
    def _no_bias(cls, logit_bias: dict[str, float] | None) -> dict[str, float] | None:
        if logit_bias:
            raise ValueError("logit_bias is not served.")
        return logit_bias

    @model_validator(mode="after")
    def _options_need_a_stream(self) -> SamplingFields:
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options is only allowed with stream=true.")
        return self

    @property
    def includes_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def token_limit(self) -> int | None:
        return self.max_tokens

    def sampling(self, default_max_tokens: int) -> SamplingParameters:
        """As the engine wants it; raises InvalidParameter."""
        given = {
            name: value
            for name in (
                *("temperature", "top_p", "top_k", "min_p", "seed"),
                *("repetition_penalty", "presence_penalty", "frequency_penalty"),
            )
            if (value := getattr(self, name)) is not None
        }
        return SamplingParameters(
            max_tokens=default_max_tokens if self.token_limit is None else self.token_limit,
            min_tokens=self.min_tokens,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
            ignore_eos=self.ignore_eos,
            **given,
        )


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)

    def for_template(self) -> dict[str, str]:
        """As chat templates expect it; they know `developer` by its older name."""
        return {"role": "system" if self.role == "developer" else self.role, "content": self.text}


class ChatFields(BaseModel):
    """A conversation, and how it becomes a prompt."""

    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    add_generation_prompt: bool = True
    continue_final_message: bool = False
    chat_template_kwargs: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_way_to_go_on(self) -> ChatFields:
        if self.continue_final_message:
            if self.add_generation_prompt:
                raise ValueError("continue_final_message needs add_generation_prompt=false.")
            if self.messages[-1].role != "assistant":
                raise ValueError("continue_final_message needs a last message of the assistant.")
        return self


class ResponseFormat(BaseModel):
    type: Literal["text"]


class ChatCompletionRequest(SamplingFields, ChatFields):
    max_completion_tokens: int | None = None
    logprobs: Literal[False] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: ResponseFormat | None = None

    @property
    def token_limit(self) -> int | None:
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


class CompletionRequest(SamplingFields):
    prompt: str | list[int] | list[str]
    echo: Literal[False] | None = None
    best_of: Literal[1] | None = None
    suffix: Literal[""] | None = None
    logprobs: None = None

    @field_validator("prompt")
    @classmethod
    def _one_prompt(cls, prompt: str | list[int] | list[str]) -> str | list[int]:
        if isinstance(prompt, list) and any(isinstance(part, str) for part in prompt):
            if len(prompt) != 1:
                raise ValueError("only one prompt is served in a request.")
            return str(prompt[0])
        return prompt  # type: ignore[return-value]  # A list without strings is a list of tokens.


class EmbeddingRequest(BaseModel):
    model: str
    input: str | Annotated[list[str], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: None = None
    user: str | None = None


class TokenizeTextRequest(BaseModel):
    model: str | None = None
    prompt: str
    add_special_tokens: bool = True


class TokenizeChatRequest(ChatFields):
    model: str | None = None


def _kind(body: Any) -> str:
    return "chat" if isinstance(body, dict) and "messages" in body else "text"


TokenizeRequest = Annotated[
    Annotated[TokenizeChatRequest, Tag("chat")] | Annotated[TokenizeTextRequest, Tag("text")],
    Discriminator(_kind),
]
