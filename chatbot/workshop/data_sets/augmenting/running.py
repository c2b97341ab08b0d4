"""Making synthetic examples of a data set: only questions change, and each says what it was made of."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.conversations.gateways import new_gateway
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.workshop.data_sets import adding
from chatbot.workshop.data_sets.augmenting import checking
from chatbot.workshop.data_sets.augmenting.edits import edited
from chatbot.workshop.data_sets.augmenting.rewriting import LANGUAGES, paraphrase, translate
from chatbot.workshop.data_sets.batches import in_batches
from chatbot.workshop.data_sets.cleaning.running import Tell
from chatbot.workshop.data_sets.problems import DataProblem
from chatbot.workshop.models import DataSource, Example
from chatbot.workshop.models.examples import ExampleQuerySet
from inference.encoding import Encoders
from inference.gateway import Gateway

Synthetic = Example.Synthetic
MOST = 5000
# Visitors wait for the same model.
_AT_ONCE = 2
_BATCH = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is made: by which method, of how many examples, and how like a question has to stay."""

    method: str
    examples: int
    share: float
    likeness: float
    pivot: str
    seed: int

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Wish":
        """Return what a job was asked for with."""
        return cls(
            method=settings["method"],
            examples=min(int(settings.get("examples", 100)), MOST),
            share=int(settings.get("percent", 10)) / 100,
            likeness=int(settings.get("likeness", 85)) / 100,
            pivot=str(settings.get("pivot", "zh")),
            seed=int(settings.get("seed", 1)),
        )


def augment(source: DataSource, settings: dict[str, Any], tell: Tell) -> int:
    """Store synthetic examples of `source`'s data set; return how many.

    Each is like one that people or files brought along but for its first question. Raises DataProblem where
    there is nothing to make it of, no model or no encoder, and what `tell` raises.
    """
    wish = Wish.of(settings)
    parents = _chosen(source, wish)
    if not parents:
        raise DataProblem("no_examples")
    if wish.method == Synthetic.EDITS:
        stored = adding.add(source, _edits(parents, wish, tell), lambda _stored: None)
    else:
        # All of it before the first is stored: a model that fails later leaves nothing to take back.
        rewritten = list(_rewritten(parents, wish, tell))
        made = (_child(parent, text, wish.method) for parent, text in rewritten)
        stored = adding.add(source, made, lambda _stored: None)
    if not stored:
        raise DataProblem("no_examples")
    return stored


def _chosen(source: DataSource, wish: Wish) -> list[Example]:
    """Return examples by the number that chance gave them, other ones for another seed."""
    kept: ExampleQuerySet = Example.objects.filter(data_set=source.data_set_id).kept()
    kept = kept.filter(synthetic="").exclude(review=Example.Review.DISPUTED)
    numbers = list(kept.order_by("pk").values_list("pk", flat=True))
    random.Random(wish.seed).shuffle(numbers)
    chosen = Example.objects.filter(pk__in=numbers[: wish.examples])
    return [example for batch in in_batches(chosen) for example in batch]


def _edits(parents: Sequence[Example], wish: Wish, tell: Tell) -> Iterator[Example]:
    for done, parent in enumerate(parents):
        made = edited(parent.question, wish.share, random.Random(f"{wish.seed}:{parent.public_id}"))
        if made is not None:
            yield _child(parent, made, wish.method)
        tell("reading", done + 1, len(parents))


def _rewritten(parents: Sequence[Example], wish: Wish, tell: Tell) -> Iterator[tuple[Example, str]]:
    """Yield the questions that the model wrote and that ask the same, a few at a time.

    Between them `tell` writes into the database, which no event loop waits for.
    """
    gateway, encoders = new_gateway(), encoders_for_passages()
    with asyncio.Runner() as runner:
        try:
            if wish.method == Synthetic.BACK_TRANSLATION:
                tell("testing")
                runner.run(checking.require_translation(gateway, encoders, wish.pivot, wish.likeness))
            for start in range(0, len(parents), _BATCH):
                tell("paraphrasing", start, len(parents))
                batch = parents[start : start + _BATCH]
                yield from runner.run(_batch_rewritten(batch, wish, gateway, encoders))
        finally:
            runner.run(gateway.aclose())
            runner.run(encoders.aclose())


async def _batch_rewritten(
    batch: Sequence[Example], wish: Wish, gateway: Gateway, encoders: Encoders
) -> list[tuple[Example, str]]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def written(parent: Example) -> str:
        async with places:
            if wish.method == Synthetic.PARAPHRASE:
                return await paraphrase(gateway, parent.question)
            if parent.language not in LANGUAGES or parent.language == wish.pivot:
                return ""
            there = await translate(gateway, parent.question, wish.pivot)
            return await translate(gateway, there, parent.language) if there else ""

    texts = await asyncio.gather(*(written(parent) for parent in batch))
    new = [
        (parent, text)
        for parent, text in zip(batch, texts, strict=True)
        if checking.could_be(parent.question, text)
    ]
    if not new:
        return []
    alike = await checking.likenesses(encoders, [(parent.question, text) for parent, text in new])
    return [pair for pair, cosine in zip(new, alike, strict=True) if cosine >= wish.likeness]


def _child(parent: Example, question: str, method: str) -> Example:
    """Return an example like `parent` with another first question; it belongs to the same conversation."""
    place = next(place for place, one in enumerate(parent.messages) if one["role"] == "user")
    messages = [dict(message) for message in parent.messages]
    messages[place]["content"] = question
    return Example(
        site_id=parent.site_id,
        conversation_id=parent.conversation_id,
        group=parent.group,
        messages=messages,
        language=parent.language,
        sentiment=parent.sentiment,
        intent=parent.intent,
        synthetic=method,
        parent=parent,
    )
