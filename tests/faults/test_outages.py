"""PostgreSQL or Redis goes away: sockets stay, nothing confirmed is lost, and all is well soon after."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psycopg
import pytest
import pytest_asyncio

from tests.eventually import eventually
from tests.faults.proxy import FaultProxy, fault_proxy
from tests.faults.returning import ReturningVisitor, assert_nothing_lost, returning_visitors
from tests.faults.servers import OwnRedis, WebProcess, on_port, own_database
from tests.scripted_model import ScriptedModel, scripted_model

pytestmark = pytest.mark.asyncio(loop_scope="module")

RECOVERY_SECONDS = 5.0
PIECES = [f"word{number} " for number in range(40)]
PACE = 0.04
POOL_SIZE = 4
ANSWER_SECONDS = len(PIECES) * PACE


@dataclass
class Installation:
    """Two web processes, each with PostgreSQL behind a proxy, and a Redis of their own."""

    webs: list[WebProcess]
    database: FaultProxy
    database_url: str
    redis: OwnRedis
    model: ScriptedModel

    @property
    def urls(self) -> list[Callable[[], str]]:
        return [lambda web=web: web.url for web in self.webs]  # type: ignore[misc]

    async def missing(self) -> dict[str, str]:
        """What the readiness of the first process says is missing; liveness must stay."""
        assert (await self.webs[0].get("/health/live")).status_code == 200
        answer = await self.webs[0].get("/health/ready")
        return {name: detail for name, detail in answer.json()["parts"].items() if detail != "ok"}

    async def is_ready(self) -> bool:
        return all([await web.is_ready() for web in self.webs])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, prepared_database: str
) -> AsyncIterator[Installation]:
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(scripted_model())
        model.pieces, model.piece_seconds = PIECES, PACE
        database_url = stack.enter_context(own_database(prepared_database))
        proxy = await stack.enter_async_context(fault_proxy(psycopg_port(database_url)))
        redis = OwnRedis()
        stack.callback(redis.stop)
        redis.start()
        variables = {
            "DATABASE_URL": on_port(database_url, proxy.port),
            "REDIS_URL": redis.url,
            "WEB_PROCESSES": "2",
            "DATABASE_POOL_SIZE": str(POOL_SIZE),
        }
        folder = tmp_path_factory.mktemp("outages")
        webs = [WebProcess(folder, model.url, **variables) for _ in range(2)]
        for web in webs:
            stack.callback(web.kill)
        await asyncio.gather(*(web.start() for web in webs))
        yield Installation(webs, proxy, database_url, redis, model)


@pytest.fixture
def installation(shared: Installation) -> Installation:
    """The installation as the test before left it: it must have recovered."""
    shared.model.requests.clear()
    return shared


def psycopg_port(url: str) -> int:
    """The port in a PostgreSQL URL."""
    return int(psycopg.conninfo.conninfo_to_dict(url).get("port") or 5432)


async def test_postgresql_away(installation: Installation, full_faults: bool) -> None:
    async with returning_visitors(6, *installation.urls) as visitors:
        await _ask_and_wait(visitors)
        sockets = [visitor._socket for visitor in visitors]
        # Half of the visitors watch an answer grow, the others ask while the database is away.
        watching, asking = visitors[:3], visitors[3:]
        for visitor in watching:
            await visitor.say("Tell me a story")
        await eventually(lambda: all(_grows(visitor) for visitor in watching), within=30)

        await installation.database.refuse()
        installation.database.reset()
        away_at = time.monotonic()
        for visitor in asking:
            await visitor.say("Are you there?")
        await eventually(lambda: all(_read_unavailable(visitor) for visitor in asking), within=15)
        told_after = time.monotonic() - away_at
        refusal = await installation.webs[0].post("/api/v1/visitors", {"site": "demo"})
        missing = await installation.missing()
        await asyncio.sleep(max(0, (30 if full_faults else 5) - (time.monotonic() - away_at)))
        await installation.database.listen()
        back_at = time.monotonic()
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=30)
        # The last of those who asked waited for an answer of some seconds.
        recovered_after = time.monotonic() - back_at - ANSWER_SECONDS
        ready_after = await _until_ready(installation) - back_at

        print(f"sentence after {told_after:.1f} s, recovered {max(0, recovered_after):.1f} s after the end")
        assert told_after < 8.0
        assert missing["database"] == "The database does not answer."
        assert refusal.status_code == 503 and int(refusal.headers["Retry-After"]) > 0
        assert refusal.json()["code"] == "away"
        assert refusal.json()["detail"] == "This did not work just now. Please try again."
        assert recovered_after <= RECOVERY_SECONDS, recovered_after
        assert ready_after <= RECOVERY_SECONDS + ANSWER_SECONDS
        assert [visitor._socket for visitor in visitors] == sockets
        await assert_nothing_lost(visitors)
        assert len(installation.model.requests) == sum(len(visitor.accepted) for visitor in visitors)
        for web in installation.webs:
            assert "Traceback" not in web.log


async def test_redis_away_and_started_again_empty(installation: Installation, full_faults: bool) -> None:
    async with returning_visitors(6, *installation.urls) as visitors:
        sockets = [visitor._socket for visitor in visitors]
        for visitor in visitors[:3]:
            await visitor.say("Tell me a story")
        await eventually(lambda: all(_grows(visitor) for visitor in visitors[:3]), within=30)

        installation.redis.stop()
        away_at = time.monotonic()
        for visitor in visitors[3:]:
            await visitor.say("Are you there?")
        await eventually(lambda: all(not visitor.unconfirmed for visitor in visitors), within=5)
        async with returning_visitors(1, installation.urls[0]) as (newcomer,):
            assert newcomer.connected
        missing = await _missing_eventually(installation)
        await asyncio.sleep(max(0, (30 if full_faults else 4) - (time.monotonic() - away_at)))
        installation.redis.start()
        back_at = time.monotonic()
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=30)
        recovered_after = time.monotonic() - back_at
        print(f"recovered {recovered_after:.1f} s after the end")

        assert missing == {"redis": "The Redis of REDIS_URL does not answer."}
        assert recovered_after <= RECOVERY_SECONDS
        assert [visitor._socket for visitor in visitors] == sockets
        await _until_ready(installation)
        await assert_nothing_lost(visitors)
        assert len(installation.model.requests) == len(visitors)
        for web in installation.webs:
            assert "Traceback" not in web.log

        # Hints cross between the processes again: a second tab at the other process sees an answer grow.
        await _ask_and_wait(visitors)


async def test_redis_flushed_in_the_middle_of_answers(installation: Installation) -> None:
    async with returning_visitors(4, *installation.urls) as visitors:
        tabs = [ReturningVisitor(url) for url in reversed(installation.urls * 2)]
        for visitor in visitors:
            await visitor.say("Tell me a story")
        await eventually(lambda: all(_grows(visitor) for visitor in visitors), within=30)
        for tab, visitor in zip(tabs, visitors, strict=True):
            tab.secret, tab.conversation = visitor.secret, visitor.conversation
        reading = [asyncio.create_task(tab.run()) for tab in tabs]
        await eventually(lambda: all(_grows(tab) for tab in tabs), within=30)
        installation.redis.call("FLUSHALL")
        grown = {id(tab): len(tab.frames) for tab in tabs}
        await eventually(lambda: all(len(tab.frames) > grown[id(tab)] for tab in tabs))
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=30)
        await eventually(lambda: all(len(tab.finished()) == 1 for tab in tabs), within=5)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

        for tab, visitor in zip(tabs, visitors, strict=True):
            (reply,) = tab.finished().values()
            assert tab.texts[reply["id"]] == reply["text"] == "".join(PIECES) == visitor.texts[reply["id"]]
            assert tab.misfits == visitor.misfits == 0
        await assert_nothing_lost(visitors)


async def test_every_connection_of_the_pool_taken(installation: Installation, full_faults: bool) -> None:
    web = installation.webs[0]
    async with returning_visitors(20 if full_faults else 8, installation.urls[0]) as visitors:
        await _ask_and_wait(visitors[:2])
        # A lock that another program holds keeps every connection of the pool waiting.
        with psycopg.connect(installation.database_url) as other:
            # In a thread: whoever has the table now ends by way of the proxy, which runs on this loop.
            await asyncio.to_thread(
                other.execute, "LOCK TABLE conversations_message IN ACCESS EXCLUSIVE MODE"
            )
            for visitor in visitors:
                await visitor.say("Is anybody there?")
            await eventually(lambda: any(_read_unavailable(visitor) for visitor in visitors), within=15)
            assert (await web.get("/health/live")).status_code == 200
            missing = await installation.missing()
            assert await asyncio.to_thread(_connections, installation.database_url) <= 2 * POOL_SIZE
        released_at = time.monotonic()
        await eventually(lambda: all(not visitor.unconfirmed for visitor in visitors), within=30)
        recovered_after = time.monotonic() - released_at
        print(f"recovered {recovered_after:.1f} s after the end")
        assert recovered_after <= RECOVERY_SECONDS
        assert missing["database"] == "The database does not answer."
        await eventually(lambda: all(visitor.answered() for visitor in visitors), within=60)
        await assert_nothing_lost(visitors)
        assert "Traceback" not in web.log


async def test_a_hundred_sockets_share_the_connections_of_the_pool(
    installation: Installation, full_faults: bool
) -> None:
    count = 100 if full_faults else 24
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, await asyncio.to_thread(_connections, installation.database_url))
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    async with returning_visitors(count, *installation.urls) as visitors:
        for _ in range(3 if full_faults else 1):
            await _ask_and_wait(visitors)
            # Calls that nobody waits for any more give their connection back all the same.
            for visitor in visitors[::2]:
                visitor.leave()
            await eventually(lambda: all(visitor.connected for visitor in visitors), within=60)
    watching.cancel()

    print(f"{most} connections for {count} sockets, at most {2 * POOL_SIZE} allowed")
    assert 2 <= most <= 2 * POOL_SIZE
    await assert_nothing_lost(visitors[:5])


def _connections(url: str) -> int:
    """How many connections Parley holds to the database."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'parley'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def _ask_and_wait(visitors: list[ReturningVisitor]) -> None:
    for visitor in visitors:
        await visitor.say("Good morning")
    await eventually(lambda: all(visitor.answered() for visitor in visitors), within=120)


def _grows(visitor: ReturningVisitor) -> bool:
    """Whether a reply that is not finished has some text."""
    finished = {reply["id"] for reply in visitor.finished().values()}
    created = [
        event["data"]["id"]
        for event in visitor.events
        if event["kind"] == "message.created" and event["data"]["author"] == "assistant"
    ]
    return any(visitor.texts.get(reply) for reply in created if reply not in finished)


def _read_unavailable(visitor: ReturningVisitor) -> bool:
    return any(
        frame.get("code") == "unavailable" and frame["detail"].startswith("This did not work")
        for frame in visitor.errors()
    )


async def _missing_eventually(installation: Installation) -> dict[str, str]:
    """What is missing, as soon as the readiness notices that anything is: it asks every two seconds."""
    deadline = time.monotonic() + 10
    while not (missing := await installation.missing()):
        assert time.monotonic() < deadline
    return missing


async def _until_ready(installation: Installation) -> float:
    """Wait until every process is ready and return when that was, on the monotonic clock."""
    deadline = time.monotonic() + 30
    while not await installation.is_ready():
        assert time.monotonic() < deadline
    return time.monotonic()
