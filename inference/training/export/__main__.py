"""`python -m inference.training.export`: writes a model in another format and tells how it goes.

Lines of JSON like those of the training programs: {"step", "of"}, and at the end {"result": ...} or {"error":
sentence, "code": ...} with status 2. The file or folder named by `--out` is complete then, or not there.
"""

from __future__ import annotations

import resource
import shutil
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference.engine.sentiment_facts import HeadError
from inference.installation.errors import InstallationError
from inference.training.export.cards import Facts, facts_of
from inference.training.export.formats import FORMATS, OF_KIND, ONE_FILE
from inference.training.export.packing import described, pack
from inference.training.export.refusing import CannotExport
from inference.training.output import tell
from inference.training.refusal import BadSetting, Refusal, memory_in_words, no_room

REFUSED = 2
_ARCHIVE = ".zip"


def main(arguments: list[str]) -> int:
    """Export as asked. Returns 2, after an {"error": ...} line, for what cannot be exported."""
    began = time.monotonic()
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(128 + signal.SIGTERM))
    try:
        with _in_words(options.out):
            result = _export(options)
    except Refusal as refusal:
        tell({"error": str(refusal), "code": refusal.code})
        return REFUSED
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tell({"result": {**result, "seconds": round(time.monotonic() - began, 1), "peak_memory": peak}})
    return 0


def _export(options: Namespace) -> dict[str, Any]:
    _use_threads(options.threads)
    if not options.model.is_dir():
        raise BadSetting(f"There is no folder {options.model}.")
    facts = facts_of(options.model, options.name)
    if options.format not in OF_KIND[facts.kind]:
        possible = " and ".join(OF_KIND[facts.kind])
        raise CannotExport(
            f"A model of the kind “{facts.kind}” is exported as {possible}, not {options.format}."
        )
    with _complete_or_nothing(options.out) as place:
        if options.format in ONE_FILE:
            parameters = _write_file(options, facts, place)
        elif options.out.suffix == _ARCHIVE:
            folder = place.with_name("folder")
            parameters = _write_folder(options, facts, folder)
            pack(folder, place, tell)
        else:
            parameters = _write_folder(options, facts, place)
        files = described(place, tell)
    return {
        "format": options.format,
        "kind": facts.kind,
        "name": facts.name,
        "parameters": parameters,
        "bytes": sum(file["bytes"] for file in files),
        "files": files,
    }


def _write_file(options: Namespace, facts: Facts, file: Path) -> int:
    from inference.training.export.gguf_file import write_gguf
    from inference.training.export.reading import read_any_tokenizer, read_language

    network = read_language(options.model)
    write_gguf(network, read_any_tokenizer(options.model), facts, file, tell)
    return sum(weight.numel() for weight in network.parameters())


def _write_folder(options: Namespace, facts: Facts, folder: Path) -> int:
    if options.format == "hf":
        from inference.training.export.hub_folder import write_hub_folder

        return write_hub_folder(options.model, facts, folder)
    from inference.training.export.onnx_folder import write_onnx_encoder, write_onnx_head

    if facts.kind == "sentiment":
        return write_onnx_head(options.model, options.base, facts, folder)
    return write_onnx_encoder(options.model, facts, folder)


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m inference.training.export")
    parser.add_argument("--model", type=Path, required=True, help="folder of the model or sentiment head")
    parser.add_argument("--base", type=Path, help="folder of the encoder, for a sentiment head as ONNX")
    parser.add_argument("--format", choices=FORMATS, required=True, help="what to write")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="file or folder to write, not there yet; NAME.zip packs a folder",
    )
    parser.add_argument("--name", default="", help="what to call the model in its card")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    return parser.parse_args(arguments)


def _use_threads(count: int) -> None:
    import torch

    if count:
        torch.set_num_threads(count)


@contextmanager
def _complete_or_nothing(out: Path) -> Iterator[Path]:
    """A place to write the file or folder at, which becomes `out` at the end, and is gone after an error."""
    if out.exists():
        raise BadSetting(f"{out} is there already: name what is not.")
    if not out.parent.is_dir():
        raise BadSetting(f"There is no folder {out.parent} to write into.")
    work = Path(tempfile.mkdtemp(prefix=f".partial-{out.name}-", dir=out.parent))
    try:
        yield work / out.name
        (work / out.name).rename(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _in_words(out: Path) -> Iterator[None]:
    """Turn what is met on the way into one sentence. Raises Refusal."""
    try:
        with memory_in_words("There is not enough memory for this export: it holds the whole model once."):
            yield
    except (InstallationError, HeadError) as error:
        raise CannotExport(str(error)) from error
    except OSError as error:
        raise no_room(str(out), error, "Nothing was kept of it.") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
