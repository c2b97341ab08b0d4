import socket
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from inference.server.serve import ServerConfig

pytestmark = pytest.mark.django_db


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("runinference", *arguments)
    return str(refused.value)


def version(kind: ModelKind) -> LanguageModelVersion:
    language_model = LanguageModel.objects.create(name="absent", kind=kind, parameters=1, context_length=8)
    return LanguageModelVersion.objects.register(
        language_model, path="absent/0", sha256="0" * 64, size=1, dtype="float16", source="folder absent"
    )


def test_without_a_model_it_names_the_command_that_installs_one():
    assert refusal() == "No language model is installed: run manage.py installmodel."


def test_a_folder_that_is_gone_is_named(settings: LazySettings, tmp_path: Path):
    settings.MODELS_DIR = tmp_path
    version(ModelKind.LANGUAGE).activate()
    assert refusal() == "The folder of absent@1 is missing: run manage.py installmodel absent."


def test_an_unknown_model_is_refused():
    assert "neither an installed model nor a folder" in refusal("--model", "SmolLM9")


def test_an_encoder_does_not_write():
    version(ModelKind.ENCODER)
    assert refusal("--model", "absent@1") == "absent@1 is of the kind “encoder”, and no language model."


@pytest.mark.django_db(transaction=True)
def test_a_folder_without_a_model_is_refused(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    assert "is not a model folder" in refusal("--model", str(tmp_path), "--port", str(port))


@pytest.mark.django_db(transaction=True)
def test_what_is_set_reaches_the_server(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    served: list[ServerConfig] = []
    monkeypatch.setattr("inference.server.serve.serve", served.append)
    settings.INFERENCE_CACHE_GIB = 1.5
    settings.INFERENCE_SPECULATION = False
    settings.INFERENCE_REQUEST_SECONDS = 60
    call_command("runinference", "--model", str(tmp_path), "--precision", "int8", "--threads", "1")

    (config,) = served
    assert (config.precision, config.threads, config.request_seconds) == ("int8", 1, 60)
    assert (config.engine.cache_gib, config.engine.speculate) == (1.5, False)


def test_an_unknown_precision_is_refused(tmp_path: Path):
    assert "invalid choice" in refusal("--model", str(tmp_path), "--precision", "int3")
