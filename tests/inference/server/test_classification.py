"""/v1/classify judges texts by the head that is asked for, loads it when it is first wanted, and explains."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from fastapi import FastAPI
from starlette.types import Message

from inference.engine.loop import EngineLoop
from inference.engine.sentiment_classifier import SentimentClassifier
from inference.engine.sentiment_network import load_network
from inference.engine.turns import Turns
from inference.server.app import create_app
from inference.server.heads import LOADED_AT_MOST, Heads
from inference.server.schemas import MAX_CLASSIFIED_CHARACTERS, MAX_CLASSIFIED_TEXTS, MAX_EXPLAINED_TEXTS
from inference.server.served_head import ACTIVE, ServedHead
from tests.eventually import eventually
from tests.inference.tiny_head import write_base, write_head

VERSIONS = 4
TEXTS = ["the lamp is good", "awful", "", "😀😀", "太差了 太差了", "good " * 500]


class Registry:
    """Heads 1 to VERSIONS, one of them active; counts the questions."""

    def __init__(self, root: Path) -> None:
        base = write_base(root / "base")
        self.heads = {
            f"sentiment@{number}": ServedHead(
                f"sentiment@{number}", write_head(root / str(number), seed=number), base
            )
            for number in range(1, VERSIONS + 1)
        }
        self.active = "sentiment@1"
        self.asked: list[str] = []
        self.is_away = False

    def find(self, wanted: str) -> ServedHead | None:
        self.asked.append(wanted)
        if self.is_away:
            raise OSError("no database")
        return self.heads.get(self.active if wanted == ACTIVE else wanted)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("heads")


@pytest.fixture
def registry(root: Path) -> Registry:
    return Registry(root)


@asynccontextmanager
async def serving(heads: Heads | None) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(EngineLoop(lambda: None), model_name="late@1", heads=heads)  # type: ignore[arg-type, return-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        client.app = app  # type: ignore[attr-defined]
        yield client
    if heads is not None:
        await heads.stop()


@pytest.fixture
async def heads(registry: Registry) -> Heads:
    return Heads(registry.find, Turns())


@pytest.fixture
async def client(heads: Heads) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(heads) as client:
        yield client


async def classify(client: httpx.AsyncClient, texts: str | Sequence[str], **options: Any) -> dict[str, Any]:
    answer = await client.post("/v1/classify", json={"input": texts, **options})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_text_gets_the_probabilities_it_would_get_alone(
    client: httpx.AsyncClient, registry: Registry
) -> None:
    head = registry.heads["sentiment@1"]
    assert head.base is not None
    network = load_network(head.base, head.path)
    answer = await classify(client, TEXTS)

    assert (answer["object"], answer["model"], answer["languages"]) == ("list", "sentiment@1", ["en", "zh"])
    assert [row["index"] for row in answer["data"]] == list(range(len(TEXTS)))
    for row, text in zip(answer["data"], TEXTS, strict=True):
        (alone,) = network.classify([text])
        assert row["probs"] == pytest.approx(alone, abs=0.02) and row["num_classes"] == 3
        assert sum(row["probs"]) == pytest.approx(1, abs=1e-5)
        assert row["label"] == (network.label_of(row["probs"]) if text else "unsure")
    assert answer["usage"]["prompt_tokens"] == sum(map(len, network.tokenize(TEXTS)))


async def test_below_its_confidence_a_head_is_unsure(registry: Registry, root: Path) -> None:
    base = registry.heads["sentiment@1"].base
    timid = ServedHead("timid@1", write_head(root / "timid", unsure_below=1.0), base)
    heads = Heads({"timid@1": timid}.get, Turns())
    async with serving(heads) as client:
        answer = await classify(client, "good", model="timid@1")
    assert answer["data"][0]["label"] == "unsure"


async def test_an_explanation_adds_up_to_the_score(client: httpx.AsyncClient) -> None:
    answer = await classify(client, TEXTS[:5], explain=True)
    for row, text in zip(answer["data"], TEXTS, strict=False):
        total = row["baseline"] + sum(word["pull"] for word in row["words"])
        assert total == pytest.approx(row["probs"][2] - row["probs"][0], abs=0.02)
        assert [word["text"] for word in row["words"]] == [
            text[word["start"] : word["end"]] for word in row["words"]
        ]
    assert [word["text"] for word in answer["data"][0]["words"]] == ["the", "lamp", "is", "good"]
    assert "words" not in (await classify(client, "good"))["data"][0]


async def test_a_head_is_loaded_when_it_is_asked_for_and_the_last_few_stay(
    client: httpx.AsyncClient, heads: Heads, registry: Registry
) -> None:
    verdicts = {}
    for number in (1, 2, 3, 1):
        answer = await classify(client, "good", model=f"sentiment@{number}")
        assert answer["model"] == f"sentiment@{number}"
        verdicts[number] = answer["data"][0]["probs"]

    assert heads.loaded == ["sentiment@3", "sentiment@1"] and len(heads.loaded) == LOADED_AT_MOST
    assert registry.asked == [f"sentiment@{number}" for number in (1, 2, 3, 1)]
    assert len({tuple(probs) for probs in verdicts.values()}) == 3
    await classify(client, "good", model="sentiment@3")
    assert len(registry.asked) == 4


async def test_a_newly_activated_head_takes_over_without_a_restart(
    client: httpx.AsyncClient, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.server.heads._ACTIVE_IS_KNOWN_SECONDS", 0.0)
    assert (await classify(client, "good"))["model"] == "sentiment@1"
    registry.active = "sentiment@2"
    assert (await classify(client, "good"))["model"] == "sentiment@2"
    registry.is_away = True
    assert (await classify(client, "good", model=ACTIVE))["model"] == "sentiment@2"


async def test_a_registry_that_does_not_answer_is_no_missing_head(
    client: httpx.AsyncClient, registry: Registry
) -> None:
    await classify(client, "good", model="sentiment@1")
    registry.is_away = True
    answer = await client.post("/v1/classify", json={"model": "sentiment@2", "input": "good"})
    assert answer.status_code == 503 and "does not answer" in answer.json()["error"]["message"]
    assert (await classify(client, "good", model="sentiment@1"))["model"] == "sentiment@1"


async def test_which_head_is_active_is_not_asked_for_every_text(
    client: httpx.AsyncClient, registry: Registry
) -> None:
    await asyncio.gather(*(classify(client, "good") for _ in range(10)))
    assert registry.asked == [ACTIVE]


async def test_names_without_a_head_are_refused(client: httpx.AsyncClient) -> None:
    for model in ("sentiment@9", "late@1", "../etc"):
        answer = await client.post("/v1/classify", json={"model": model, "input": "good"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    async with serving(None) as bare:
        answer = await bare.post("/v1/classify", json={"input": "good"})
    assert answer.status_code == 404 and "without sentiment heads" in answer.json()["error"]["message"]


@pytest.mark.parametrize("explain", [False, True])
async def test_a_head_that_cannot_be_loaded_says_why_and_the_others_go_on(
    registry: Registry, root: Path, caplog: pytest.LogCaptureFixture, explain: bool
) -> None:
    base = registry.heads["sentiment@1"].base
    registry.heads |= {
        "lacking@1": ServedHead("lacking@1", root / "1", None, "The encoder e5 is missing: install it."),
        "foreign@1": ServedHead("foreign@1", write_head(root / "foreign", base="other-encoder"), base),
        "gone@1": ServedHead("gone@1", root / "gone", base),
    }
    async with serving(Heads(registry.find, Turns())) as client:
        for model, sentence in (
            ("lacking@1", "The encoder e5 is missing: install it."),
            ("foreign@1", "belongs to the encoder other-encoder"),
            ("gone@1", "is no sentiment head"),
        ):
            body = {"model": model, "input": "good", "explain": explain}
            answer = await client.post("/v1/classify", json=body)
            assert answer.status_code == 503 and sentence in answer.json()["error"]["message"]
            assert any(sentence in record.message for record in caplog.records)
        assert await classify(client, "good")


async def test_a_head_is_tried_again_when_what_it_lacked_may_be_there(
    client: httpx.AsyncClient, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = registry.heads["sentiment@1"]
    registry.heads["sentiment@1"] = ServedHead(whole.name, whole.path, None, "The encoder is missing.")
    body = {"model": "sentiment@1", "input": "good"}
    assert (await client.post("/v1/classify", json=body)).status_code == 503
    registry.heads["sentiment@1"] = whole
    assert (await client.post("/v1/classify", json=body)).status_code == 503
    monkeypatch.setattr("inference.server.heads._TRY_AGAIN_SECONDS", 0.0)
    assert (await client.post("/v1/classify", json=body)).status_code == 200


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 5}, "input"),
        ({"input": [None]}, "input"),
        ({"input": "x" * (MAX_CLASSIFIED_CHARACTERS + 1)}, "input"),
        ({"input": ["x"] * (MAX_CLASSIFIED_TEXTS + 1)}, "input"),
        ({"input": ["x"] * (MAX_EXPLAINED_TEXTS + 1), "explain": True}, None),
        ({"input": "x", "explain": "perhaps"}, "explain"),
        ({"input": "x", "model": 1}, "model"),
    ],
)
async def test_what_cannot_be_judged_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any], param: str | None
) -> None:
    answer = await client.post("/v1/classify", json=body)
    error = answer.json()["error"]
    assert answer.status_code == 400 and error["code"] == "invalid_value"
    assert param is None or error["param"].startswith(param)


async def test_heads_are_listed_and_counted(client: httpx.AsyncClient, heads: Heads) -> None:
    await classify(client, ["good", "bad"], model="sentiment@2")
    await classify(client, "good")
    text = (await client.get("/metrics")).text

    assert "parley_classified_texts_total 3.0" in text and "parley_classification_seconds_count 2.0" in text
    assert heads.loaded == ["sentiment@2", "sentiment@1"]


class Gate:
    """Lets the network's first layer pass when the test says so; counts the passes."""

    def __init__(self) -> None:
        self.passes = 0
        self.opened = threading.Event()

    def load(self, served: ServedHead, turns: Turns) -> Any:
        assert served.base is not None
        # In float32 the network that judges explains too.
        classifier = SentimentClassifier(load_network(served.base, served.path, torch.float32), turns)
        classifier.network.layers[0].register_forward_hook(self._wait)
        return classifier

    def _wait(self, *_hook: Any) -> None:
        self.passes += 1
        assert self.opened.wait(10)


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def test_requests_that_come_meanwhile_share_a_pass(registry: Registry, gate: Gate) -> None:
    async with serving(Heads(registry.find, Turns(), load=gate.load)) as client:
        first = asyncio.create_task(classify(client, "good"))
        await eventually(lambda: gate.passes == 1)
        others = [asyncio.create_task(classify(client, text)) for text in ("bad", "kind", "awful")]
        (head,) = client.app.state.backend.heads._heads.values()  # type: ignore[attr-defined]
        await eventually(lambda: head.texts._open == 4)
        gate.opened.set()
        await asyncio.gather(first, *others)
    assert gate.passes == 2


async def send(app: FastAPI, body: bytes, left: asyncio.Event) -> list[Message]:
    """Post a body to /v1/classify as a client that leaves when the event is set."""
    incoming: list[Message] = [{"type": "http.request", "body": body}]
    sent: list[Message] = []

    async def receive() -> Message:
        if incoming:
            return incoming.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/v1/classify",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await app(scope, receive, keep)
    return sent


async def test_nothing_is_judged_for_a_client_that_has_left(registry: Registry, gate: Gate) -> None:
    async with serving(Heads(registry.find, Turns(), load=gate.load)) as client:
        app: FastAPI = client.app  # type: ignore[attr-defined]
        first = asyncio.create_task(classify(client, "good"))
        await eventually(lambda: gate.passes == 1)
        left = asyncio.Event()
        leaving = asyncio.create_task(send(app, b'{"input": "bad"}', left))
        (head,) = app.state.backend.heads._heads.values()
        await eventually(lambda: head.texts._open == 2)
        left.set()
        sent = await leaving
        gate.opened.set()
        await first
        await classify(client, "kind")
    assert sent[0]["status"] == 499 and gate.passes == 2


async def test_an_explanation_ends_with_the_client_who_wanted_it(registry: Registry, gate: Gate) -> None:
    async with serving(Heads(registry.find, Turns(), load=gate.load)) as client:
        app: FastAPI = client.app  # type: ignore[attr-defined]
        gate.opened.set()
        await classify(client, "", explain=True)
        of_next, gate.passes = gate.passes, 0
        gate.opened.clear()
        left = asyncio.Event()
        body = b'{"explain": true, "input": "' + TEXTS[5].encode() + b'"}'
        leaving = asyncio.create_task(send(app, body, left))
        await eventually(lambda: gate.passes == 1)
        left.set()
        sent = await leaving
        gate.opened.set()
        await classify(client, "", explain=True)
    assert sent[0]["status"] == 499 and gate.passes == 1 + of_next


async def test_a_head_that_leaves_answers_first_what_it_was_asked(registry: Registry, gate: Gate) -> None:
    heads = Heads(registry.find, Turns(), load=gate.load)
    async with serving(heads) as client:
        asked = [asyncio.create_task(classify(client, "good", model="sentiment@1"))]
        await eventually(lambda: gate.passes == 1)
        for number, loaded in ((2, ["sentiment@1", "sentiment@2"]), (3, ["sentiment@2", "sentiment@3"])):
            asked.append(asyncio.create_task(classify(client, "good", model=f"sentiment@{number}")))
            await eventually(lambda loaded=loaded: heads.loaded == loaded)
        gate.opened.set()
        answers = await asyncio.gather(*asked)
    assert [answer["model"] for answer in answers] == [f"sentiment@{number}" for number in (1, 2, 3)]
