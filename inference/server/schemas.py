"""What clients send: the parts of OpenAI's API that the engine serves, and a few of vLLM's additions.

Unknown fields are ignored, as vLLM does. Known ones that the engine cannot honour are refused, never dropped
in silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from inference.engine.grammar import Grammar
from inference.engine.logprobs import MAX_TOP_LOGPROBS
from inference.engine.request import SamplingParameters

MAX_CHOICES = 8
MAX_CLASSIFIED_TEXTS = 256
MAX_CLASSIFIED_CHARACTERS = 100_000
MAX_EXPLAINED_TEXTS = 8


class StreamOptions(BaseModel):
    include_usage: bool = False


class TextFormat(BaseModel):
    type: Literal["text"]


class JsonObjectFormat(BaseModel):
    type: Literal["json_object"]


class JsonSchema(BaseModel):
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    definition: Annotated[dict[str, Any], Field(alias="schema")] = {}
    strict: bool | None = None


class JsonSchemaFormat(BaseModel):
    type: Literal["json_schema"]
    json_schema: JsonSchema


ResponseFormat = Annotated[TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


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
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES)] | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    logit_bias: dict[str, float] | None = None
    response_format: ResponseFormat | None = None
    user: str | None = None

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

    @property
    def reported_logprobs(self) -> int | None:
        """How many of the likeliest tokens to report beside each drawn one; None for nothing at all."""
        return None

    def sampling(self, default_max_tokens: int, grammar: Grammar | None = None) -> list[SamplingParameters]:
        """As the engine wants it, for each of the `n` choices; raises InvalidParameter.

        With a seed, choice i is what `seed` + i alone would give.
        """
        given = {
            name: value
            for name in (
                *("temperature", "top_p", "top_k", "min_p"),
                *("repetition_penalty", "presence_penalty", "frequency_penalty"),
            )
            if (value := getattr(self, name)) is not None
        }
        first = SamplingParameters(
            max_tokens=default_max_tokens if self.token_limit is None else self.token_limit,
            min_tokens=self.min_tokens,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
            ignore_eos=self.ignore_eos,
            seed=self.seed,
            logprobs=self.reported_logprobs,
            grammar=grammar,
            **given,
        )
        seeds = [None if self.seed is None else self.seed + index for index in range(self.n or 1)]
        return [replace(first, seed=seed) for seed in seeds]


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


class ChatCompletionRequest(SamplingFields, ChatFields):
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None

    @field_validator("top_logprobs")
    @classmethod
    def _beside_logprobs(cls, top_logprobs: int | None, fields: ValidationInfo) -> int | None:
        if top_logprobs is not None and not fields.data.get("logprobs"):
            raise ValueError("is only allowed with logprobs=true.")
        return top_logprobs

    @property
    def reported_logprobs(self) -> int | None:
        return self.top_logprobs or 0 if self.logprobs else None

    @property
    def token_limit(self) -> int | None:
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens


class CompletionRequest(SamplingFields):
    prompt: str | list[int] | list[str]
    echo: Literal[False] | None = None
    best_of: Literal[1] | None = None
    suffix: Literal[""] | None = None
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None

    @property
    def reported_logprobs(self) -> int | None:
        return self.logprobs

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
    # Not OpenAI's. Encoders such as E5 read a question and the passage that answers it differently.
    input_type: Literal["query", "passage"] = "query"
    dimensions: None = None
    user: str | None = None


class RerankRequest(BaseModel):
    """As Jina and vLLM have it."""

    model: str | None = None
    query: str
    documents: Annotated[list[str], Field(min_length=1, max_length=1024)]
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool = False


class ClassificationRequest(BaseModel):
    """As vLLM has it, with one addition: `explain` asks which words pulled which way."""

    model: str = "sentiment"
    input: (
        Annotated[str, Field(max_length=MAX_CLASSIFIED_CHARACTERS)]
        | Annotated[
            list[Annotated[str, Field(max_length=MAX_CLASSIFIED_CHARACTERS)]],
            Field(min_length=1, max_length=MAX_CLASSIFIED_TEXTS),
        ]
    )
    explain: bool = False
    user: str | None = None

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input

    @model_validator(mode="after")
    def _explains_few(self) -> ClassificationRequest:
        if self.explain and len(self.texts) > MAX_EXPLAINED_TEXTS:
            raise ValueError(f"explain is served for {MAX_EXPLAINED_TEXTS} texts at most.")
        return self


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
