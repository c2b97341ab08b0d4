"""Compile the kernels for this processor, once: a library is found again by what it was made from."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)

SOURCE = Path(__file__).parent / "source"
COMPILERS = ("g++", "clang++", "c++")
# Warnings are for those who change the kernels; GCC 12 warns of its own AVX-512 header. GCC moves loads to
# where they are used (TER), which takes more registers than AVX2 has: without it prompts are read a third
# faster.
FLAGS = ("-std=c++20", "-O3", "-fno-tree-ter", "-march=native", "-fPIC", "-shared", "-pthread", "-Wno-psabi")
COMPILE_SECONDS = 300


class NoKernels(RuntimeError):
    """The kernels cannot be had on this machine; the message says why and what would help."""


def load_library(cache: Path | None = None) -> ctypes.CDLL:
    """Return the compiled kernels, from `cache` (default: the user's cache folder) or the compiler.

    Raises NoKernels where there is no compiler, or where it refuses.
    """
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CXX", ""), *COMPILERS))), None)
    if compiler is None:
        raise NoKernels("there is no C++ compiler: install g++ to make answers several times faster")
    folder = cache or users_cache()
    path = folder / f"kernels-{_key(compiler)}.so"
    if not path.is_file():
        _compile(compiler, path)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise NoKernels(f"the compiled kernels cannot be loaded: {error}") from error


def users_cache() -> Path:
    """Where compiled kernels are kept when nobody names a folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley"


def _compile(compiler: str, path: Path) -> None:
    """Write beside the target and rename, so that no reader ever sees half a library."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            made = Path(scratch) / path.name
            logger.info("Compiling the kernels for this processor.")
            subprocess.run(
                [compiler, *FLAGS, "-o", str(made), str(SOURCE / "network.cpp")],
                check=True,
                capture_output=True,
                timeout=COMPILE_SECONDS,
            )
            made.replace(path)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoKernels(f"{compiler} cannot compile them: {lines[0] if lines else error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoKernels(f"they cannot be compiled: {error}") from error


def _key(compiler: str) -> str:
    """Names what a library depends on: sources, flags, compiler and processor."""
    digest = hashlib.sha256()
    for part in (compiler, *FLAGS, platform.machine(), _processor()):
        digest.update(part.encode() + b"\0")
    digest.update(str(Path(compiler).resolve().stat().st_mtime_ns).encode())
    for file in sorted(SOURCE.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
