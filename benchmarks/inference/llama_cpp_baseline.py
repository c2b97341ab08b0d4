"""llama.cpp: `python -m benchmarks.inference.llama_cpp_baseline WORKLOAD GGUF THREADS LAYOUT`.

Runs with the Python of requirements-bench.txt, which has llama-cpp-python and numpy and nothing of ours.
LAYOUT is `repacked` (llama.cpp's default: weights laid out anew for AMX and its kind) or `plain` (as in the
file).
"""

import ctypes
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llama_cpp
import numpy

from benchmarks.inference.children import MeasurementFailed, report
from benchmarks.inference.workload import Workload

TOKENS = 128
GROUPS = {1: 4, 4: 2, 16: 1}
CONTEXT = 1024
SHORTEST_ANSWER = 8


class Sequences:
    """A context with `streams` sequences; greedy."""

    def __init__(self, model: Any, streams: int, threads: int) -> None:
        """Raises MeasurementFailed where llama.cpp gives no context."""
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = CONTEXT * streams
        parameters.n_batch = parameters.n_ubatch = 512
        parameters.n_seq_max = streams
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.no_perf = True
        self._context = llama_cpp.llama_init_from_model(model, parameters)
        if not self._context:
            raise MeasurementFailed("llama.cpp gave no context")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        self._batch = llama_cpp.llama_batch_init(512, 0, 1)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)

    def clear(self) -> None:
        """Forget all sequences."""
        llama_cpp.llama_memory_clear(self._memory, True)

    def prefill(self, prompt: Sequence[int], sequence: int) -> int:
        """Compute a prompt in batches of 512; returns its first token."""
        for start in range(0, len(prompt), 512):
            piece = prompt[start : start + 512]
            for row, token in enumerate(piece):
                last = start + row == len(prompt) - 1
                self._set(row, token, start + row, sequence, logits=last)
            self._decode(len(piece))
        return self._greedy(1)[0]

    def decode(self, tokens: list[int], lengths: Sequence[int], steps: int, ends: Sequence[int]) -> int:
        """Draw up to `steps` tokens for each sequence, fewer once the first draws one of `ends`.

        `tokens` are the last ones drawn and `lengths` what the cache holds; returns the steps made.
        """
        for sequence, length in enumerate(lengths):
            self._set(sequence, tokens[sequence], length, sequence, logits=True)
        for step in range(steps):
            for sequence, token in enumerate(tokens):
                self._batch.token[sequence] = token
                self._batch.pos[sequence] = lengths[sequence] + step
            self._decode(len(tokens))
            tokens = self._greedy(len(tokens))
            if tokens[0] in ends:
                return step + 1
        return steps

    def _set(self, row: int, token: int, position: int, sequence: int, *, logits: bool) -> None:
        batch = self._batch
        batch.token[row], batch.pos[row] = token, position
        batch.n_seq_id[row], batch.seq_id[row][0] = 1, sequence
        batch.logits[row] = logits

    def _decode(self, rows: int) -> None:
        self._batch.n_tokens = rows
        if (status := llama_cpp.llama_decode(self._context, self._batch)) != 0:
            raise MeasurementFailed(f"llama_decode returned {status}")

    def _greedy(self, rows: int) -> list[int]:
        logits = ctypes.cast(llama_cpp.llama_get_logits(self._context), ctypes.POINTER(ctypes.c_float))
        table = numpy.ctypeslib.as_array(logits, shape=(rows, self._vocabulary))
        likeliest: list[int] = table.argmax(axis=1).tolist()
        return likeliest


def measure(workload_file: str, gguf: str, threads: str, layout: str) -> dict[str, float]:
    """`decode_N`, `decode_1_grounded`, `prefill`, in tokens per second."""
    workload = Workload.read(Path(workload_file))
    figures: dict[str, float] = {}
    with _model(gguf, repacked=layout == "repacked") as model:
        for streams, most in GROUPS.items():
            with _sequences(model, streams, int(threads)) as sequences:
                figures[f"decode_{streams}"] = _decode_rate(sequences, workload, streams, most)
        with _sequences(model, 1, int(threads)) as sequences:
            figures["decode_1_grounded"] = _grounded_rate(sequences, workload)
            figures["prefill"] = _prefill_rate(sequences, workload)
    return figures


def _decode_rate(sequences: Sequences, workload: Workload, streams: int, most: int) -> float:
    groups = workload.groups(streams, most)
    _time_decode(sequences, groups[0], 8)
    seconds = sum(_time_decode(sequences, prompts, TOKENS) for prompts in groups)
    return len(groups) * streams * TOKENS / seconds


def _time_decode(sequences: Sequences, prompts: Sequence[Sequence[int]], tokens: int) -> float:
    sequences.clear()
    firsts = [sequences.prefill(prompt, sequence) for sequence, prompt in enumerate(prompts)]
    begun = time.perf_counter()
    sequences.decode(firsts, [len(prompt) for prompt in prompts], tokens, ())
    return time.perf_counter() - begun


def _grounded_rate(sequences: Sequences, workload: Workload) -> float:
    rates: list[float] = []
    for chat in workload.grounded:
        sequences.clear()
        first = sequences.prefill(chat.tokens, 0)
        begun = time.perf_counter()
        drawn = sequences.decode([first], [len(chat.tokens)], TOKENS - 1, workload.stop_tokens)
        if drawn + 1 >= SHORTEST_ANSWER:
            rates.append(drawn / (time.perf_counter() - begun))
    return statistics.median(rates)


def _prefill_rate(sequences: Sequences, workload: Workload) -> float:
    rates: list[float] = []
    for prompt in workload.prefill:
        sequences.clear()
        begun = time.perf_counter()
        sequences.prefill(prompt, 0)
        rates.append(len(prompt) / (time.perf_counter() - begun))
    return statistics.median(rates)


@contextmanager
def _model(gguf: str, *, repacked: bool) -> Iterator[Any]:
    llama_cpp.llama_log_set(_silent, None)
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.use_extra_bufts = repacked
    model = llama_cpp.llama_model_load_from_file(gguf.encode(), parameters)
    if not model:
        raise MeasurementFailed(f"llama.cpp cannot load {gguf}")
    yield model
    llama_cpp.llama_model_free(model)


@contextmanager
def _sequences(model: Any, streams: int, threads: int) -> Iterator[Sequences]:
    sequences = Sequences(model, streams, threads)
    yield sequences
    sequences.close()


@llama_cpp.llama_log_callback
def _silent(level: int, text: bytes, data: Any) -> None:
    pass


if __name__ == "__main__":
    report(measure)
