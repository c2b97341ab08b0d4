"""The compiled kernels with their team of threads."""

from __future__ import annotations

import ctypes
from pathlib import Path

import torch

from inference.engine.native import structures
from inference.engine.native.compiler import load_library
from inference.engine.native.packing import PackedMatrix


class Kernels:
    """One team of threads; used by one thread at a time. Raises NoKernels where they cannot be had.

    The calling thread works too. The others look for work for `spin_microseconds` before they sleep: long
    spinning is quick on cores of their own and takes time from others elsewhere.
    """

    def __init__(self, *, threads: int, spin_microseconds: int = 50, cache: Path | None = None) -> None:
        library = self._library = load_library(cache)
        for name, result, arguments in (
            ("team", ctypes.c_void_p, (ctypes.c_int, ctypes.c_int)),
            ("disband", None, (ctypes.c_void_p,)),
            ("network", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_void_p)),
            ("forget", None, (ctypes.c_void_p,)),
            ("run", None, (ctypes.c_void_p, ctypes.c_void_p)),
            ("multiply", None, (ctypes.c_void_p,) * 3 + (ctypes.c_int, ctypes.c_void_p)),
        ):
            function = getattr(library, f"parley_{name}")
            function.restype, function.argtypes = result, arguments
        self.threads = threads
        self._team = library.parley_team(threads, spin_microseconds)

    def network(self, structure: structures.Network) -> int:
        """Return a handle for `run`; what `structure` points at must outlive it."""
        handle: int = self._library.parley_network(ctypes.byref(structure), self._team)
        return handle

    def forget(self, handle: int) -> None:
        """Free a network."""
        self._library.parley_forget(handle)

    def run(self, handle: int, step: structures.Step) -> None:
        """Compute a step of a network into the step's logits."""
        self._library.parley_run(handle, ctypes.byref(step))

    def multiply(self, x: torch.Tensor, matrix: PackedMatrix) -> torch.Tensor:
        """Return x (rows, inputs) times the matrix, (rows, outputs), both float32 and contiguous."""
        y = torch.empty(len(x), matrix.outputs, dtype=torch.float32)
        structure = matrix.structure
        self._library.parley_multiply(self._team, ctypes.byref(structure), x.data_ptr(), len(x), y.data_ptr())
        return y

    def __del__(self) -> None:
        if hasattr(self, "_team"):
            self._library.parley_disband(self._team)
