"""A real model server on a free port of loopback, with a tiny model and a tiny encoder."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import torch
import uvicorn
from fastapi import FastAPI
from openai import OpenAI

from inference.engine.encoder import Purpose
from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.loop import EngineLoop
from inference.server.app import create_app
from inference.server.embedder import Embedder
from tests.inference.engine.tiny import write_model

MODEL, ENCODER = "tiny@1", "letters@1"


class LetterEncoder:
    """Counts vowels and letters: enough to see that texts and vectors keep their order. Marks passages."""

    def tokenize(self, texts: Sequence[str], purpose: Purpose) -> list[list[int]]:
        mark = "" if purpose == "query" else "p"
        return [[ord(letter) for letter in mark + text] for text in texts]

    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        return [[float(sum(chr(letter) in "aeiou" for letter in text)), float(len(text))] for text in batch]


@dataclass
class ModelServer:
    """Where the server is, and the engine behind it."""

    url: str
    app: FastAPI
    loop: EngineLoop
    port: int

    @property
    def engine(self) -> Engine:
        return self.loop.engine

    @property
    def client(self) -> OpenAI:
        return OpenAI(
            base_url=f"{self.url}/v1",
            api_key="none",
            max_retries=0,
            http_client=httpx.Client(trust_env=False),
        )


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    torch.set_num_threads(1)
    path: Path = write_model(tmp_path_factory.mktemp("served"))
    config = EngineConfig(max_batch=4, max_waiting=4, cache_gib=0.1)
    loop = EngineLoop(lambda: Engine(load(path, "fp32"), config))
    app = create_app(loop, [Embedder(ENCODER, LetterEncoder)], model_name=MODEL)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        loop.loaded.result(60)
        while not server.started:
            time.sleep(0.01)
        yield ModelServer(f"http://127.0.0.1:{port}", app, loop, port)
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(model_server: ModelServer) -> Iterator[OpenAI]:
    """The official client."""
    with model_server.client as client:
        yield client


@pytest.fixture
def http(model_server: ModelServer) -> Iterator[httpx.Client]:
    """A plain client, for what the official one would not send."""
    with httpx.Client(base_url=model_server.url, trust_env=False, timeout=30) as client:
        yield client
