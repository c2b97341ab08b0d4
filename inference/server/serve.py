"""Runs the model server: one model, its encoders, one port."""

from __future__ import annotations

import contextlib
import logging
import socket
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import torch
import uvicorn
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from inference.engine.cross_encoder import CrossEncoder
from inference.engine.encoder import Encoder
from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, LoadError, Precision, load
from inference.engine.loop import EngineLoop
from inference.engine.room import bytes_free, bytes_to_load
from inference.engine.turns import Turns
from inference.server.app import create_app
from inference.server.embedder import Embedder
from inference.server.engines import Engines
from inference.server.heads import Heads
from inference.server.served_head import Resolve
from inference.server.served_model import ResolveModels, ServedModel
from inference.server.swapping import Swapping
from inference.server.threads import default_threads

logger = logging.getLogger(__name__)

# Answers that are still streaming when the server is told to stop get this long to end.
GRACEFUL_SHUTDOWN_SECONDS = 5


class StartError(RuntimeError):
    """The server cannot run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model's folder and the name under which requests ask for it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What to serve, and where. Of several encoders the main one comes first; `heads` finds sentiment heads.

    `threads` 0 means one for each physical core; they look for work for `spin_microseconds`, then sleep.
    With `models` the language model follows what that wants, without a new start.
    The compiled kernels are kept in `kernel_cache`. `cache_gib` 0 as much as suits the model and the machine.
    An answer may take `request_seconds`; a step that takes `stall_seconds` turns /health red.
    """

    model_path: Path
    model_name: str
    encoders: tuple[Served, ...] = ()
    reranker: Served | None = None
    heads: Resolve | None = None
    models: ResolveModels | None = None
    host: str = "127.0.0.1"
    port: int = 8001
    threads: int = 0
    spin_microseconds: int = 50
    kernel_cache: Path | None = None
    precision: Precision = "auto"
    max_batch: int = 16
    max_waiting: int = 64
    context_length: int | None = None
    cache_gib: float = 0.0
    speculate: bool = True
    request_seconds: float = 300.0
    stall_seconds: float = 30.0
    log_level: str = "info"
    api_key: str = field(default="", repr=False)
    engine: EngineConfig = field(init=False)

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError("port must lie between 1 and 65535.")
        if self.threads < 0 or self.spin_microseconds < 0:
            raise ValueError("threads and spin_microseconds must not be negative.")
        if self.request_seconds <= 0:
            raise ValueError("request_seconds must be above 0.")
        engine = EngineConfig(
            max_batch=self.max_batch,
            max_waiting=self.max_waiting,
            context_length=self.context_length,
            cache_gib=self.cache_gib,
            speculate=self.speculate,
        )
        object.__setattr__(self, "engine", engine)


def serve(config: ServerConfig) -> None:
    """Serve until SIGINT or SIGTERM; raises StartError. /health answers 503 while the model is loading."""
    threads = config.threads or default_threads()
    torch.set_num_threads(threads)
    transformers_logging.disable_progress_bar()
    # Its report on heads that encoders do not need looks like a fault.
    transformers_logging.set_verbosity_error()
    turns = Turns()

    def make(model: ServedModel) -> EngineLoop:
        return EngineLoop(
            lambda: Engine(_load(model.path, config, threads), config.engine),
            stall_seconds=config.stall_seconds,
            turns=turns,
        )

    def swapping(engines: Engines) -> Swapping:
        assert config.models is not None
        return Swapping(
            engines,
            config.models,
            make,
            objection=lambda model: _lack_of_room(model, config),
            restart=lambda: setattr(server, "should_exit", True),
        )

    loop = make(ServedModel(config.model_name, config.model_path))
    app = create_app(
        loop,
        [_embedder(served, turns) for served in config.encoders],
        model_name=config.model_name,
        reranker=_reranker(config.reranker, turns) if config.reranker is not None else None,
        heads=Heads(config.heads, turns) if config.heads is not None else None,
        api_key=config.api_key,
        request_seconds=config.request_seconds,
        swapping=swapping if config.models is not None else None,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            # Its lines take the way of all others, and their form.
            log_config=None,
            log_level=config.log_level,
            access_log=False,
            timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
        )
    )

    def end_if_failed(loaded: Future[Engine]) -> None:
        if loaded.exception() is not None:
            server.should_exit = True
        else:
            engine = loaded.result()
            logger.info(
                "%s is ready: %d tokens of context, %s, runner %s, %d threads.",
                config.model_name,
                engine.context_length,
                engine.model.precision,
                engine.runner_name,
                threads,
            )

    loop.loaded.add_done_callback(end_if_failed)
    with _listen(config.host, config.port) as listening, contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if loop.loaded.done() and (error := loop.loaded.exception()) is not None:
        raise StartError(str(error)) from (error if not isinstance(error, LoadError) else None)


def _lack_of_room(model: ServedModel, config: ServerConfig) -> str:
    """Why the model may not be loaded beside the others, or nothing; a broken folder is no lack of room."""
    try:
        needed = bytes_to_load(model.path, config.precision, config.cache_gib)
    except (OSError, ValueError, SafetensorError):
        return ""
    free = bytes_free()
    if needed <= free:
        return ""
    return (
        f"There is no room for it beside the model that answers: about {needed / 1e9:.1f} GB are needed and "
        f"{free / 1e9:.1f} GB are free. Free some memory, or start the model server again: then the active "
        "version alone is loaded, and answers that are being written go on after it."
    )


def _load(path: Path, config: ServerConfig, threads: int) -> LanguageModel:
    return load(
        path,
        config.precision,
        threads=threads,
        spin_microseconds=config.spin_microseconds,
        kernel_cache=config.kernel_cache,
    )


def _embedder(served: Served, turns: Turns) -> Embedder[str]:
    return Embedder(served.name, lambda: Encoder(served.path, turns))


def _reranker(served: Served, turns: Turns) -> Embedder[tuple[str, str]]:
    return Embedder(served.name, lambda: CrossEncoder(served.path, turns))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise StartError(f"The model server cannot listen on {host}:{port}: {error.strerror}.") from error
    # Connections inherit it. asyncio sets it only for sockets that name their protocol, which this one does
    # not, and without it the last part of an answer waits 40 ms for the client's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
