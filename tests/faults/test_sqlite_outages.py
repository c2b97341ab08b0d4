"""With SQLite: a full disk and a locked file are told to the visitor and lose nothing."""

import asyncio
import shutil
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.faults.returning import ReturningVisitor, assert_nothing_lost, returning_visitors
from tests.faults.servers import WebProcess
from tests.scripted_model import ScriptedModel, scripted_model

RECOVERY_SECONDS = 5.0
PIECES = [f"word{number} " for number in range(40)]
DISK_MEGABYTES = 24


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model(pieces=PIECES, piece_seconds=0.05) as model:
        yield model


@pytest.fixture
def small_disk(tmp_path: Path, data_dir: Path) -> Iterator[Path]:
    """The prepared data folder on a disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = f"size={DISK_MEGABYTES}m"
    mount = ["mount", "-t", "tmpfs", "-o", options, "parley-test", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield shutil.copytree(data_dir, disk / "data")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_full_disk(small_disk: Path, model: ScriptedModel, full_faults: bool) -> None:
    web = WebProcess(small_disk, model.url)
    await web.start()
    try:
        async with returning_visitors(6, lambda: web.url) as visitors:
            sockets = [visitor._socket for visitor in visitors]
            await visitors[0].say("Good morning")
            await eventually(visitors[0].answered, within=30)
            for visitor in visitors[:3]:
                await visitor.say("Tell me a story")
            await eventually(lambda: all(_grows(visitor) for visitor in visitors[:3]), within=30)

            filling = small_disk / "filling"
            _fill(filling)
            full_at = time.monotonic()
            await eventually(lambda: _ask_until_refused(visitors[3:]), within=30)
            assert (await web.get("/health/live")).status_code == 200
            refusal = await web.post("/api/v1/visitors", {"site": "demo"})
            await asyncio.sleep(max(0, (30 if full_faults else 4) - (time.monotonic() - full_at)))
            filling.unlink()
            freed_at = time.monotonic()
            await eventually(lambda: all(not visitor.unconfirmed for visitor in visitors), within=30)
            recovered_after = time.monotonic() - freed_at
            print(f"recovered {recovered_after:.1f} s after the end")
            await eventually(lambda: all(visitor.answered() for visitor in visitors), within=60)

            assert refusal.status_code == 503 and int(refusal.headers["Retry-After"]) > 0
            assert recovered_after <= RECOVERY_SECONDS
            assert [visitor._socket for visitor in visitors] == sockets
            await assert_nothing_lost(visitors)
            assert "Traceback" not in web.log
    finally:
        web.kill()


async def test_a_file_that_another_process_locks_for_three_seconds(
    data_dir: Path, model: ScriptedModel
) -> None:
    web = WebProcess(data_dir, model.url)
    await web.start()
    try:
        async with returning_visitors(6, lambda: web.url) as visitors:
            for visitor in visitors[:3]:
                await visitor.say("Tell me a story")
            await eventually(lambda: all(_grows(visitor) for visitor in visitors[:3]), within=30)
            await asyncio.to_thread(_hold_lock, data_dir / "parley.sqlite3", 3.0, visitors)
            released_at = time.monotonic()
            for visitor in visitors[3:]:
                await visitor.say("Are you there?")
            await eventually(lambda: all(not visitor.unconfirmed for visitor in visitors), within=30)

            assert time.monotonic() - released_at <= RECOVERY_SECONDS
            await eventually(lambda: all(visitor.answered() for visitor in visitors), within=60)
            await assert_nothing_lost(visitors)
            assert not any(visitor.errors() or visitor.close_codes for visitor in visitors)
            assert "locked" not in web.log
    finally:
        web.kill()


def _hold_lock(path: Path, seconds: float, visitors: list[ReturningVisitor]) -> None:
    """Be the only writer for so long, as a backup tool may be."""
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    database.execute("COMMIT")
    database.close()


def _fill(path: Path) -> None:
    """Write until nothing more goes in."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue


def _ask_until_refused(visitors: list[ReturningVisitor]) -> bool:
    """Keep one message of each visitor under way; tell whether each read that it does not work now."""
    for visitor in visitors:
        if not visitor.unconfirmed:
            task = asyncio.get_running_loop().create_task(visitor.say("Is there room? " * 200))
            task.add_done_callback(lambda done: done.result())
    return all(_read_unavailable(visitor) for visitor in visitors)


def _grows(visitor: ReturningVisitor) -> bool:
    return any(frame["type"] == "delta" for frame in visitor.frames)


def _read_unavailable(visitor: ReturningVisitor) -> bool:
    return any(frame.get("code") == "unavailable" for frame in visitor.errors())
