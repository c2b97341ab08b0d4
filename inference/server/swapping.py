"""Follows the registry: loads what is wanted beside what is served, hands over, and lets the old one leave.

No answer is dropped: one that has begun is finished by the engine that began it, and requests go to the new
engine only once it is ready. Where loading fails, or both do not fit into memory, the old one goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from inference.engine.heap import give_memory_back
from inference.engine.loader import LoadError
from inference.engine.loop import EngineLoop
from inference.server.engines import Engines, Serving
from inference.server.served_model import ResolveModels, ServedModel, WantedModels

logger = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 1.0
_IDLE_AGAIN_SECONDS = 0.05
# What failed is tried again after so long: memory may be free, a folder there by then.
_TRY_AGAIN_SECONDS = 120.0

# An engine loop, not started, for a model; what speaks against loading it now, or an empty string.
Make = Callable[[ServedModel], EngineLoop]
Objection = Callable[[ServedModel], str]


class Swapping:
    """Keeps `engines` as `resolve` wants them, for one event loop.

    `make` gives an engine loop for a model; `objection` says why one may not be loaded beside the others, as
    where the memory is too small; `restart` is called once when the registry asks for a new start.
    """

    def __init__(
        self,
        engines: Engines,
        resolve: ResolveModels,
        make: Make,
        *,
        objection: Objection = lambda model: "",
        restart: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engines = engines
        self._resolve = resolve
        self._make = make
        self._objection = objection
        self._restart = restart
        self._clock = clock
        self._began = time.time()
        self._tried: dict[str, float] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look what is wanted, once a second, until cancelled; begins when the first model is loaded."""
        await self._engines.main.loop.settled()
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception("The language models that are wanted could not be looked at.")
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def look(self) -> None:
        """Do what there is to do now, up to the end of a loading."""
        try:
            wanted = await asyncio.to_thread(self._resolve)
        except Exception as error:
            # What is served stays, whatever became of the registry.
            logger.warning("It cannot be told which language model is wanted: %s", error)
            return
        if wanted.restart_asked > self._began:
            logger.info("A new start was asked for.")
            self._began = wanted.restart_asked
            self._restart()
            return
        if wanted.active is None:
            return
        self._dismiss_unwanted(wanted)
        for model in (wanted.active, wanted.canary):
            if model is not None and self._engines.named(model.name) is None and self._is_due(model):
                await self._load(model)
        active = self._engines.named(wanted.active.name)
        if active is not None and active is not self._engines.main:
            self._let_leave(self._engines.promote(active))
            logger.info("%s answers from now on.", active.name)
            self._dismiss_unwanted(wanted)

    def _dismiss_unwanted(self, wanted: WantedModels) -> None:
        names = {model.name for model in (wanted.active, wanted.canary) if model is not None}
        for serving in self._engines.served[1:]:
            if serving.name not in names:
                self._engines.dismiss(serving)
                self._let_leave(serving)
        for name in set(self._engines.refused) - names:
            del self._engines.refused[name]
            self._tried.pop(name, None)

    def _is_due(self, model: ServedModel) -> bool:
        tried = self._tried.get(model.name)
        return tried is None or self._clock() - tried > _TRY_AGAIN_SECONDS

    async def _load(self, model: ServedModel) -> None:
        self._tried[model.name] = self._clock()
        why = await asyncio.to_thread(self._objection, model)
        if not why:
            logger.info("Loading %s beside %s.", model.name, self._engines.main.name)
            loop = self._make(model)
            loop.start()
            try:
                await asyncio.wrap_future(loop.loaded)
            except LoadError as error:
                why = str(error)
            except Exception as error:
                logger.exception("%s cannot be loaded.", model.name)
                why = f"It could not be loaded: {error or type(error).__name__}"
            except asyncio.CancelledError:
                await asyncio.to_thread(loop.stop)
                raise
        if why:
            logger.error("%s is not served: %s", model.name, why)
            self._engines.refused[model.name] = why
            return
        self._engines.refused.pop(model.name, None)
        del self._tried[model.name]
        self._engines.add(Serving(model.name, loop))
        logger.info("%s is ready.", model.name)

    def _let_leave(self, serving: Serving) -> None:
        task = asyncio.create_task(self._leave(serving))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave(self, serving: Serving) -> None:
        """Wait until the answers of an engine that takes no more are finished, and free its memory."""
        while not serving.is_idle:  # noqa: ASYNC110  the engine's thread has no event to wait for
            await asyncio.sleep(_IDLE_AGAIN_SECONDS)
        await asyncio.to_thread(serving.loop.stop)
        self._engines.forget(serving)
        logger.info("%s has finished its answers and left.", serving.name)
        serving.loop.release()
        await asyncio.to_thread(give_memory_back)
