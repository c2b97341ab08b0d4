"""What a job likely takes, before it is begun: time, memory and room, from jobs that were measured.

An estimate of time rests on an earlier job of the same kind on this machine, and says on which; before the
first one there is none. Memory is reckoned from the network's size, or is that of an earlier job.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chatbot.workshop.jobs.kinds import JobKind
from chatbot.workshop.jobs.sizes import Size, size_of_model
from chatbot.workshop.models import DataSetVersion, WorkshopJob
from inference.machine_memory import available_bytes
from inference.models import LanguageModelVersion

GB = 1_000_000_000
# Of English service dialogues in the chat format, by the tokenizer of SmolLM2.
_BYTES_A_TOKEN = 5.1
# A Python with torch and transformers in it, and what it takes to measure perplexity. With it a fine-tuning
# of SmolLM2-135M by adapters, 256 tokens at once, is reckoned at 2.3 GB; it took 2.2 GB.
_PROGRAM = 1_200_000_000
# What stays free for answers, uploads and the database.
_ROOM_KEPT = 500_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job likely takes; `seconds` is None where nothing was measured, `rests_on` says on what."""

    seconds: int | None
    rests_on: str
    memory: int
    free_memory: int | None
    room: int
    free_room: int

    @property
    def problems(self) -> list[str]:
        """Why it should not be begun, a sentence each."""
        found = []
        if self.free_memory is not None and self.memory > self.free_memory:
            found.append(
                _(
                    "It needs about %(needed)s of memory, and %(free)s are free. Choose fewer tokens at "
                    "once, a smaller model, or a time when less runs."
                )
                % {"needed": gigabytes(self.memory), "free": gigabytes(self.free_memory)}
            )
        if self.room + _ROOM_KEPT > self.free_room:
            found.append(
                _("It needs about %(needed)s on the disk, and %(free)s are free. Make room.")
                % {"needed": gigabytes(self.room + _ROOM_KEPT), "free": gigabytes(self.free_room)}
            )
        return found


def gigabytes(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count / GB:.1f} GB"


def estimate(
    kind: JobKind,
    base: LanguageModelVersion,
    data: DataSetVersion,
    values: Mapping[str, Any],
    teacher: LanguageModelVersion | None = None,
) -> Estimate:
    """Return what such a job likely takes on this machine."""
    chosen = {option.name: option.default for option in kind.options} | dict(values)
    size = size_of_model(base)
    earlier = _earlier(kind, base)
    seconds, rests_on = _seconds(kind, size, work_of(size, data, chosen), earlier)
    return Estimate(
        seconds=seconds,
        rests_on=rests_on,
        memory=_memory(kind, size, chosen, earlier)
        + (size_of_model(teacher).parameters * 4 if teacher else 0),
        free_memory=available_bytes(),
        # The version twice (made, and registered on another disk), and two checkpoints of what is trained.
        room=size.parameters * (2 * 4 + 2 * _trained_bytes(kind, chosen)),
        free_room=_free_room(),
    )


def work_of(size: Size, data: DataSetVersion, values: Mapping[str, Any]) -> float:
    """Return parameters times tokens that a job with these settings learns from: what its time goes with."""
    steps = int(values.get("steps") or 0)
    if steps:
        tokens = steps * float(values.get("tokens_at_once", 1)) * float(values.get("accumulate", 1))
    else:
        tokens = _tokens_in(data) * float(values.get("epochs", 1))
    return size.parameters * tokens


def _free_room() -> int:
    folder = settings.WORKSHOP_DIR if settings.WORKSHOP_DIR.exists() else settings.DATA_DIR
    return shutil.disk_usage(folder).free


def _tokens_in(data: DataSetVersion) -> float:
    try:
        return (data.folder / "train.jsonl").stat().st_size / _BYTES_A_TOKEN
    except OSError:
        return 0.0


def _earlier(kind: JobKind, base: LanguageModelVersion) -> list[WorkshopJob]:
    """Return the jobs of this kind that ended well and were measured, the most alike first."""
    done = WorkshopJob.objects.filter(
        kind=kind.kind, state=WorkshopJob.State.DONE, data__isnull=False, result__has_key="seconds"
    ).select_related("base__language_model", "data__data_set")[:50]
    return sorted(done, key=lambda job: (job.base_id != base.pk, -job.pk))


def _seconds(kind: JobKind, size: Size, work: float, earlier: list[WorkshopJob]) -> tuple[int | None, str]:
    """Return how long it likely takes, and on what that rests in words."""
    for job in earlier:
        chosen = {option.name: option.default for option in kind.options} | job.settings
        done = work_of(size_of_model(job.base), job.data, chosen) if job.data is not None else 0.0
        seconds = job.result.get("seconds")
        if done and isinstance(seconds, int | float):
            told = {"job": job, "base": job.base}
            return round(seconds * work / done), _(
                "Reckoned from job %(job)s of %(base)s on this machine."
            ) % told
    return None, _(
        "How long it takes nobody knows before the first job of this kind has ended on this machine."
    )


def _memory(kind: JobKind, size: Size, values: Mapping[str, Any], earlier: list[WorkshopJob]) -> int:
    """Return the bytes that the program likely takes at its peak."""
    tokens = int(values.get("tokens_at_once") or 0)
    guess = _PROGRAM + size.parameters * (4 + _trained_bytes(kind, values)) + tokens * size.bytes_a_token
    for job in earlier:
        peak = job.result.get("peak_memory")
        same = job.settings.get("tokens_at_once") == values.get("tokens_at_once")
        if isinstance(peak, int) and same and job.base.language_model.parameters == size.parameters:
            return max(peak, guess // 2)
    return guess


def _trained_bytes(kind: JobKind, values: Mapping[str, Any]) -> int:
    """Return the bytes that gradients and optimizer take for each parameter of the base; 0 for adapters."""
    adapters = kind.kind == WorkshopJob.Kind.PRIVATE or values.get("method") == "lora"
    if adapters or kind.kind == WorkshopJob.Kind.QUANTISE:
        return 0
    # A gradient and the two moments of Adam (Kingma & Ba 2015), in float32.
    return 12
