"""Letting a version answer: past the gate of its kind, or with a reason that goes on the record."""

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from inference.gates import NotBetter, verdict_on
from inference.models import LanguageModelVersion, ModelKind, lock_models

_REASON_CHARACTERS = 500
_NAMED = 10


@transaction.atomic
def activate(
    version: LanguageModelVersion, *, by: User | None, network: str = "", override: str = ""
) -> bool:
    """Make `version` the active one of its kind; tell whether that was news.

    Raises NotBetter where the gate stands against it and `override` gives no reason.
    """
    lock_models(version.kind)
    version.refresh_from_db(fields=["state", "activated_at"])
    if version.is_active:
        return False
    _pass_gate(version, by, network, override)
    version.activate(by=by, network=network)
    return True


@transaction.atomic
def start_canary(
    version: LanguageModelVersion, percent: int, *, by: User | None, network: str = "", override: str = ""
) -> None:
    """Let `version` answer `percent` of the conversations that begin from now on.

    Raises NotBetter as `activate`, and TransitionRefused.
    """
    lock_models(ModelKind.LANGUAGE)
    version.refresh_from_db(fields=["state", "activated_at"])
    _pass_gate(version, by, network, override)
    version.start_canary(percent, by=by, network=network)


def _pass_gate(version: LanguageModelVersion, by: User | None, network: str, override: str) -> None:
    verdict = verdict_on(version)
    if verdict.is_free:
        return
    reason = override.strip()[:_REASON_CHARACTERS]
    if not reason:
        raise NotBetter(verdict)
    record(
        "language_model.gate_overridden",
        by=by,
        about=version,
        network=network,
        reason=reason,
        against=verdict.unmet[:_NAMED],
    )
