"""Which language models are wanted, in the words of the model server."""

from inference.models import LanguageModelVersion, ModelKind, ServerRestart
from inference.server.served_model import ServedModel, WantedModels


def wanted_models() -> WantedModels:
    """Return the active version and the canary, and when a new start of the servers was last asked for."""
    restart = ServerRestart.objects.order_by("-asked_at").first()
    return WantedModels(
        _served(LanguageModelVersion.objects.active(ModelKind.LANGUAGE)),
        _served(LanguageModelVersion.objects.canary(ModelKind.LANGUAGE)),
        restart.asked_at.timestamp() if restart is not None else 0.0,
    )


def _served(version: LanguageModelVersion | None) -> ServedModel | None:
    return ServedModel(version.display_name, version.folder) if version is not None else None
