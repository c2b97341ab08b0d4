"""What the page of a version shows beside its facts."""

from typing import Any

from inference.gates import verdict_on
from inference.lineage import family_of
from inference.model_cards import card_of
from inference.models import LanguageModelVersion, ModelKind
from inference.removal import obstacle
from inference.serving import ServerReport, reports

_SHARE = 10


def shown(version: LanguageModelVersion, *, may_activate: bool) -> dict[str, Any]:
    """Return the template's words for `version`; the gate and the acts only for who may use them."""
    context: dict[str, Any] = {
        "version": version,
        "family": family_of(version),
        "recipe": sorted(version.recipe.items()),
        "card": card_of(version),
        "may_activate": may_activate,
    }
    if may_activate:
        states = LanguageModelVersion.State
        is_language = version.kind == ModelKind.LANGUAGE
        context |= {
            "verdict": None if version.is_active else verdict_on(version),
            "obstacle": obstacle(version),
            "may_try": is_language and version.may_become(states.CANARY),
            "is_canary": version.state == states.CANARY,
            "share": _SHARE,
            "servers": servers_shown(version) if is_language and version.state in _SERVED else [],
        }
    return context


_SERVED = (LanguageModelVersion.State.ACTIVE, LanguageModelVersion.State.CANARY)


def servers_shown(version: LanguageModelVersion) -> list[dict[str, Any]]:
    """Return for each model server whether it serves the version, and why not where it says so."""
    return [_server(report, version.display_name) for report in reports()]


def _server(report: ServerReport, name: str) -> dict[str, Any]:
    return {
        "url": report.url,
        "answers": report.answers,
        "serves": name in report.models,
        "answers_with": report.models[0] if report.models else "",
        "reason": dict(report.refused).get(name, ""),
    }
