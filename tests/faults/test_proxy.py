"""The fault proxy itself: what it is told to do to connections is what their ends see."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.eventually import eventually
from tests.faults.proxy import FaultProxy, fault_proxy


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """A proxy in front of a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with fault_proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy
    server.close()


async def _connect(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await _echoed(reader, writer) == b"hello"
    return reader, writer


async def _echoed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"hello")
    return await asyncio.wait_for(reader.readexactly(5), 10)


async def test_a_cut_ends_connections_in_order_and_new_ones_work(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)

    assert proxy.cut() == 1
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    _reader, another = await _connect(proxy)
    another.close()


async def test_a_reset_is_seen_as_one(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    proxy.reset()

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_a_blackhole_holds_bytes_back_until_it_ends(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    proxy.blackhole = True
    writer.write(b"hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(5), 0.2)
    proxy.blackhole = False

    assert await asyncio.wait_for(reader.readexactly(5), 10) == b"hello"
    writer.close()


async def test_delay_and_rate_slow_bytes_down(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    proxy.delay, proxy.rate = 0.1, 100.0
    await _echoed(reader, writer)

    assert loop.time() - begun >= 2 * (0.1 + 0.05) - 0.02
    writer.close()


async def test_refused_connections_fail_and_open_ones_go_on(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    await proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)

    assert await _echoed(reader, writer) == b"hello"
    await proxy.listen()
    _reader, another = await _connect(proxy)
    another.close()
    writer.close()
    await eventually(lambda: len(proxy) == 0)
