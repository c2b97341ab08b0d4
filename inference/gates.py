"""Gates: what is demanded of a version before it may answer visitors, by kind of model.

The app that holds the figures says what they mean (`guard`); whoever activates asks here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from inference.models import LanguageModelVersion


@dataclass(frozen=True, slots=True)
class Check:
    """One demand, and whether it is met; `sentence` holds the figures and the threshold."""

    sentence: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the figures say of a version."""

    checks: tuple[Check, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether the version may be activated without an override."""
        return all(check.is_met for check in self.checks)

    @property
    def unmet(self) -> list[str]:
        """What stands against it, a sentence each."""
        return [check.sentence for check in self.checks if not check.is_met]


class NotBetter(Exception):
    """The version is worse than the active one, or not proven to be no worse."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(" ".join(verdict.unmet))
        self.verdict = verdict


Gate = Callable[[LanguageModelVersion], Verdict]
_gates: dict[str, Gate] = {}


def guard(kind: str, gate: Gate) -> None:
    """Ask `gate` from now on before a version of this kind becomes active, or a canary."""
    _gates[kind] = gate


def verdict_on(version: LanguageModelVersion) -> Verdict:
    """Return what stands for and against letting `version` answer now.

    A version that was active before is free, since to go back is always possible, and so is the first of its
    kind.
    """
    gate = _gates.get(version.kind)
    if gate is None or version.activated_at is not None:
        return Verdict()
    return gate(version)
