"""Real weights for tests: installed once into `data/test-models`, then used again."""

from pathlib import Path

import pytest

from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, SourceName, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve

DATA = Path(__file__).parents[1] / "data"
PLACES = Places(models=DATA / "test-models", downloads=DATA / "downloads", imports=DATA / "imports")


def install_for_tests(name: str, only: SourceName | None = None) -> Path:
    """The complete folder of a catalog model; skips the test where no source can be reached."""
    try:
        prepared = prepare(resolve(name, load_catalog()), PLACES, Reporter(print), only)
    except InstallationError as error:
        if "could not be fetched" not in str(error):
            raise
        pytest.skip(str(error))
    return PLACES.models / prepared.path


def fetch_models() -> None:
    """Install what tests use, before several runs of them look for it at once; says what cannot be had."""
    catalog = load_catalog()
    encoder = catalog.default("encoder").name
    companion = catalog.companion(encoder)
    names = [catalog.default("language").name, encoder, *([companion.name] if companion else [])]
    for name in names:
        try:
            prepare(resolve(name, catalog), PLACES, Reporter(print))
        except InstallationError as error:
            print(f"{name} cannot be had: {error}", flush=True)


@pytest.fixture(scope="session")
def real_language_model() -> Path:
    return install_for_tests(load_catalog().default("language").name)


@pytest.fixture(scope="session")
def real_encoder() -> Path:
    return install_for_tests(load_catalog().default("encoder").name)


@pytest.fixture(scope="session")
def real_encoders(real_encoder: Path) -> dict[str, Path]:
    """The default encoder and its companion by name."""
    default = load_catalog().default("encoder").name
    companion = load_catalog().companion(default)
    assert companion is not None
    return {default: real_encoder, companion.name: install_for_tests(companion.name)}
