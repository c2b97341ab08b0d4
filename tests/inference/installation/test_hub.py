import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.installation.errors import InstallationError, SourceUnavailable
from inference.installation.hub import HubFacts, fetch_from_hub
from inference.installation.progress import Reporter
from tests.inference.installation.small_hub import COMMIT, HUB_ID, SmallHub


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[SmallHub]:
    with SmallHub.holding(tiny_model).serving() as serving:
        yield serving


def fetch(hub: SmallHub, tmp_path: Path, hub_id: str = HUB_ID) -> HubFacts:
    return fetch_from_hub(hub_id, tmp_path / "downloads", tmp_path / "fetched", Reporter(print), hub.endpoint)


def test_the_files_that_the_engine_needs_are_fetched_and_no_others(hub: SmallHub, tmp_path: Path):
    needed = set(hub.files)
    hub.files |= {"README.md": b"words", "pytorch_model.bin": b"\x80", "model.onnx": b"graph"}

    facts = fetch(hub, tmp_path)

    assert {path.name for path in (tmp_path / "fetched").iterdir()} == needed
    assert facts == HubFacts(revision=COMMIT, licence="mit", languages=("en", "zh"))
    assert not list((tmp_path / "downloads").iterdir()), "the download is not kept twice"


@pytest.mark.parametrize("file", ["model.safetensors", "config.json"])
def test_a_file_that_differs_from_the_hubs_record_is_refused(file: str, hub: SmallHub, tmp_path: Path):
    hub.lies = {file}
    with pytest.raises(InstallationError, match="deleted"):
        fetch(hub, tmp_path)
    assert not (tmp_path / "fetched" / file).exists()


def test_an_interrupted_download_continues_where_it_stopped(hub: SmallHub, tmp_path: Path):
    hub.files["model.safetensors"] = bytes(25_000_000)
    hub.breaks_after = 22_000_000
    fetch(hub, tmp_path)
    assert hub.ranges and hub.ranges[0] != "bytes=0-", "it began again from the start"
    assert (tmp_path / "fetched" / "model.safetensors").stat().st_size == 25_000_000


def test_a_gated_model_says_how_to_get_a_token(hub: SmallHub, tmp_path: Path):
    hub.gated = True
    with pytest.raises(SourceUnavailable, match="HF_TOKEN"):
        fetch(hub, tmp_path)


def test_an_unknown_model_is_said_to_be_unknown(hub: SmallHub, tmp_path: Path):
    with pytest.raises(SourceUnavailable, match="no public model house/other"):
        fetch(hub, tmp_path, "house/other")


def test_a_hub_of_pickles_is_refused(hub: SmallHub, tmp_path: Path):
    hub.files["pytorch_model.bin"] = hub.files.pop("model.safetensors")
    with pytest.raises(InstallationError, match="pickle file"):
        fetch(hub, tmp_path)


def test_a_hub_of_code_is_refused(hub: SmallHub, tmp_path: Path):
    hub.files["modeling_tiny.py"] = b"raise SystemExit"
    with pytest.raises(InstallationError, match="brings its own code"):
        fetch(hub, tmp_path)


def test_a_hub_that_refuses_connections_is_given_up_at_once(tmp_path: Path):
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        fetch(SmallHub({}, endpoint="http://127.0.0.1:9"), tmp_path)


def test_a_hub_that_never_answers_is_given_up_within_seconds(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            fetch(SmallHub({}, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}"), tmp_path)
    assert time.monotonic() - started < 9
