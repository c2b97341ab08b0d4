"""A cross-encoder: installed, read together with the question, and served in the form of others."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from inference.catalog import load_catalog
from inference.engine.cross_encoder import CrossEncoder
from inference.engine.loop import EngineLoop
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from inference.server.app import create_app
from inference.server.embedder import Embedder
from tests.inference.tiny_reranker import write_reranker

QUERY = "return free"
PASSAGES = ["oak lamp", "free return", "open ten open ten open ten", "lamp"]


@pytest.fixture(scope="module", params=[True, False], ids=["marked parts", "plain"])
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A tiny reranker as installation leaves it: one that is told which text is which, and one not."""
    root = tmp_path_factory.mktemp("reranker")
    target = resolve(str(write_reranker(root / "judge", marks_parts=request.param)), load_catalog())
    places = Places.under(root / "data")
    prepared = prepare(target, places, Reporter(print))
    assert prepared.manifest.kind == "reranker"
    return places.models / prepared.path


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    judge = Embedder("judge@1", lambda: CrossEncoder(folder))
    judge.start()
    app = create_app(EngineLoop(lambda: None), model_name="late@1", reranker=judge)  # type: ignore[arg-type, return-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        yield client
    judge.stop()


def test_scores_are_those_of_the_network_read_one_pair_at_a_time(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).float().eval()
    with torch.inference_mode():
        alone = [
            torch.sigmoid(network(**tokenizer(QUERY, passage, return_tensors="pt")).logits).item()
            for passage in PASSAGES
        ]
    encoder = CrossEncoder(folder)
    assert encoder.score(QUERY, PASSAGES) == pytest.approx(alone, abs=1e-5)
    together = encoder.encode(encoder.tokenize([(QUERY, passage) for passage in PASSAGES]))
    assert [score for (score,) in together] == pytest.approx(alone, abs=1e-5)
    assert len({round(score, 4) for score in alone}) == len(PASSAGES)


def test_a_long_question_leaves_room_for_the_passage(folder: Path) -> None:
    encoder = CrossEncoder(folder)
    (tokens,) = encoder.tokenize([("return " * 500, "lamp " * 500)])
    assert len(tokens) == encoder.max_tokens == 48
    assert tokens.count(5) == 24 and tokens.count(7) == 21


async def test_documents_come_back_by_relevance(client: httpx.AsyncClient, folder: Path) -> None:
    expected = CrossEncoder(folder).score(QUERY, PASSAGES)
    body = {"model": "judge@1", "query": QUERY, "documents": PASSAGES}
    answer = (await client.post("/v1/rerank", json=body)).json()

    results = answer["results"]
    assert [result["relevance_score"] for result in results] == sorted(
        (pytest.approx(score, abs=1e-5) for score in expected), key=lambda score: -score.expected
    )
    assert all(
        result["relevance_score"] == pytest.approx(expected[result["index"]], abs=1e-5) for result in results
    )
    assert "document" not in results[0] and answer["model"] == "judge@1"

    two = (await client.post("/v1/rerank", json={**body, "top_n": 2, "return_documents": True})).json()[
        "results"
    ]
    assert [result["index"] for result in two] == [result["index"] for result in results[:2]]
    assert two[0]["document"] == {"text": PASSAGES[two[0]["index"]]}


@pytest.mark.parametrize(
    ("change", "status"), [({"model": "other"}, 404), ({"documents": []}, 400), ({"top_n": 0}, 400)]
)
async def test_what_cannot_be_ranked_is_refused(
    client: httpx.AsyncClient, change: dict[str, object], status: int
) -> None:
    body = {"model": "judge@1", "query": QUERY, "documents": PASSAGES, **change}
    assert (await client.post("/v1/rerank", json=body)).status_code == status


async def test_a_server_without_a_reranker_says_so() -> None:
    app = create_app(EngineLoop(lambda: None), model_name="late@1")  # type: ignore[arg-type, return-value]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        answer = await client.post("/v1/rerank", json={"query": QUERY, "documents": PASSAGES})
    assert answer.status_code == 404 and "without a reranker" in answer.json()["error"]["message"]


def test_a_classifier_into_several_classes_is_no_reranker(tmp_path: Path) -> None:
    target = resolve(str(write_reranker(tmp_path / "judge", labels=2)), load_catalog())
    with pytest.raises(InstallationError, match="2 classes"):
        prepare(target, Places.under(tmp_path / "data"), Reporter(print))
