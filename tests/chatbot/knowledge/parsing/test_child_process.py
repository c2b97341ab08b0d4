"""The process that reads: it is limited, killed in time, and its end is one document's error."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import LazySettings

from chatbot.knowledge.parsers import confinement
from chatbot.knowledge.parsing import Limits, Unreadable, child_process, parse
from tests.chatbot.knowledge.parsing import samples
from tests.chatbot.knowledge.web_site import web_site

MIB = 1024 * 1024
SLOW_PAGE = b"<p>word" * 1_500_000


def code_of(content: bytes, name: str, **limits: float) -> str:
    with pytest.raises(Unreadable) as error:
        parse(content, name=name, limits=Limits(**limits))  # type: ignore[arg-type]
    return error.value.code


@pytest.fixture
def left_running() -> Callable[[], list[psutil.Process]]:
    """Return what this test has started and still runs; the servers of other tests are not its own."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}

    def left() -> list[psutil.Process]:
        children = psutil.Process().children(recursive=True)
        return [
            child for child in children if child.pid not in before and child.status() != psutil.STATUS_ZOMBIE
        ]

    return left


def test_a_page_that_takes_too_long_is_ended_in_time(
    left_running: Callable[[], list[psutil.Process]],
) -> None:
    begun = time.monotonic()

    assert code_of(SLOW_PAGE, "a.html", seconds=1) == "too_slow"
    assert time.monotonic() - begun < 4 and left_running() == []


def test_a_page_that_needs_too_much_memory_is_broken_and_we_are_not() -> None:
    before = psutil.Process().memory_info().rss

    assert code_of(SLOW_PAGE, "a.html", memory_bytes=200 * MIB) == "broken"
    assert psutil.Process().memory_info().rss - before < 100 * MIB
    assert parse(b"fine", name="a.txt").sections[0].text == "fine"


def test_an_answer_that_grows_too_large_is_broken() -> None:
    assert code_of(b"words " * 100_000, "a.txt", output_bytes=10_000) == "broken"


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 11)",
        "import os; os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "raise SystemExit(3)",
        "raise Exception('no')",
        "x = b'x' * (1 << 40)",
        "print('no JSON')",
        "print('[]')",
        "print('{}')",
        "print('null')",
        "print('{\"found\": 3}')",
        "print('{\"found\": {}}')",
        'print(\'{"found": {"title": "", "language": "", "sections": [1]}}\')',
        'print(\'{"found": {"title": "", "language": "", "sections": [{"heading": 1}]}}\')',
        'print(\'{"code": "<b>", "fact": 1}\')',
        "print('[' * 100000)",
        "pass",
    ],
)
def test_however_the_process_ends_it_is_this_documents_error(
    program: str, settings: LazySettings, tmp_path: Path
) -> None:
    _run_instead(program, settings, tmp_path)

    assert code_of(b"text", "a.txt") == "broken"


def test_one_that_hangs_is_killed_with_all_that_it_started(
    left_running: Callable[[], list[psutil.Process]], settings: LazySettings, tmp_path: Path
) -> None:
    _run_instead(
        "import signal, subprocess, sys, threading\n"
        "for kind in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM): signal.signal(kind, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import threading; threading.Event().wait()'])\n"
        "threading.Event().wait()\n",
        settings,
        tmp_path,
    )

    assert code_of(b"text", "a.txt", seconds=1) == "too_slow"
    assert left_running() == []


def test_it_has_no_secret_and_limits_of_its_own(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("SECRET_KEY", "secret")
    told = _told_when_confined(
        "{'names': sorted(os.environ), 'modules': sorted(sys.modules), 'group': os.getpgrp() == os.getpid(),"
        " 'limits': [resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]}",
        settings,
        tmp_path,
    )

    assert not {"DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"} & set(told["names"])
    assert not any(name.split(".")[0] in ("django", "celery") for name in told["modules"])
    assert told["limits"] == [1024 * MIB, 32 * MIB] and told["group"]


_NAMESPACES = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)"


@pytest.mark.skipif(
    sys.platform != "linux" or subprocess.run([sys.executable, "-c", _NAMESPACES]).returncode != 0,
    reason="this system lets no unprivileged program leave the network",
)
def test_it_has_no_network(settings: LazySettings, tmp_path: Path) -> None:
    with web_site() as site:
        told = _told_when_confined(
            f"{{'refused': socket.socket().connect_ex(('127.0.0.1', {site.port})) != 0}}", settings, tmp_path
        )

        assert told == {"refused": True} and site.connections == []


def test_a_small_document_takes_a_moment() -> None:
    """The start of the process is most of it: 0.1 to 0.3 s where nothing else runs."""
    times = []
    for _time in range(3):
        begun = time.monotonic()
        parse(samples.word_file(), name="a.docx")
        times.append(time.monotonic() - begun)

    assert min(times) < 2


def _run_instead(program: str, settings: LazySettings, folder: Path) -> None:
    """Let the started Python run another module of the same name."""
    package = folder / "chatbot" / "knowledge" / "parsers"
    package.mkdir(parents=True)
    for each in (package, package.parent, package.parent.parent):
        (each / "__init__.py").touch()
    (package / "__main__.py").write_text(program)
    settings.BASE_DIR = folder


def _told_when_confined(expression: str, settings: LazySettings, folder: Path) -> dict[str, Any]:
    """Return what the expression gives in a process that is started and confined as those that read."""
    program = (
        "import importlib.util, json, os, resource, socket, sys\n"
        f"spec = importlib.util.spec_from_file_location('confinement', {confinement.__file__!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "order = json.loads(sys.argv[1])\n"
        "module.confine(order['memory_bytes'], order['seconds'], order['output_bytes'])\n"
        f"print(json.dumps({{'found': {expression}}}))\n"
    )
    _run_instead(program, settings, folder)
    return child_process.run("document", b"", Limits())
