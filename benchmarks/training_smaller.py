"""`python -m benchmarks.training_smaller --json FILE`: what smaller models cost and what they save.

A language model that was fine-tuned on Schema-Guided Dialogues loses a fifth of its layers, lets layers share
so that 31 % of its parameters go, and is stored in 8 and in 4 bits. Every `..._perplexity_ratio` is the
perplexity of what was made of it divided by its own, on dialogues that no part has seen; other ratios are
after divided by before: in one number format for layers, in that of the server's choice for packed files.
"""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.sgd_dialogues import write_sgd
from benchmarks.training_programs import NotTrained, flags, installed, result_of

DATA = Path("../shared/data")
NAME = "training_smaller"
LANGUAGE_MODEL = "SmolLM2-135M-Instruct"
FINE_TUNING: dict[str, object] = {"epochs": 3, "longest": 512}
PRUNING: dict[str, object] = {"what": "layers", "share": 0.2, "epochs": 3}
SHARING: dict[str, object] = {"what": "layers", "saving": 0.31, "epochs": 4}
PARTS = ("prune", "share", "int8", "int4")
_MEASURED = ("file_bytes", "resident_bytes", "load_seconds", "tokens_per_second")


def measure_training_smaller(results: Path) -> bool:
    """Write `training_smaller.json` into `results`; return whether that succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {DATA}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    return main(["--json", str(results / f"{NAME}.json")]) == 0


def main(arguments: Sequence[str]) -> int:
    """Measure and write the figures; returns 1, after a sentence, where a program gave none."""
    options = _options(arguments)
    figures: dict[str, Any] = {}
    if options.json.is_file():
        figures = json.loads(options.json.read_text(encoding="utf-8"))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_sgd(folder / "sgd", options.data / "sgd")
        try:
            base = options.base or _fine_tuned(folder, options.data_dir)
            for part in options.parts:
                figures |= _figures(part, base, folder, options.threads)
                options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        except NotTrained as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


def _fine_tuned(folder: Path, data_dir: Path) -> Path:
    """What everything else begins with. Raises NotTrained."""
    base, made = installed(LANGUAGE_MODEL, data_dir), folder / "fine-tuned"
    result_of("finetune", "--base", base, "--data", folder / "sgd", "--out", made, *flags(FINE_TUNING))
    return made


def _figures(part: str, base: Path, folder: Path, threads: int) -> dict[str, Any]:
    """Raises NotTrained."""
    program, settings = {
        "prune": ("prune", PRUNING),
        "share": ("share", SHARING),
        "int8": ("quantise", {"bits": "int8"}),
        "int4": ("quantise", {"bits": "int4"}),
    }[part]
    said = ("--base", base, "--data", folder / "sgd", "--out", folder / part, "--threads", threads)
    result = result_of(program, *said, *flags(settings))
    name = f"quantise_{part}" if program == "quantise" else part
    figures: dict[str, Any] = {f"{name}_perplexity_ratio": result["perplexity_ratio"]}
    if "resident_bytes_after" in result:
        figures[f"{name}_memory_ratio"] = _ratio(result, "resident_bytes")
        figures[f"{name}_speed_ratio"] = _ratio(result, "tokens_per_second")
        figures[f"{name}_file_ratio"] = _ratio(result, "file_bytes")
    return {**figures, name: {"settings": settings, **_kept(result)}}


def _ratio(result: dict[str, Any], name: str) -> float:
    return round(result[f"{name}_after"] / result[f"{name}_before"], 4)


def _kept(result: dict[str, Any]) -> dict[str, Any]:
    """What stands in the file beside the ratios."""
    measured = [f"{name}_{when}" for name in _MEASURED for when in ("before", "after")]
    names = (
        *(
            "perplexity_before",
            "perplexity_reduced",
            "perplexity_after",
            "removed_layers",
            "pairs",
            "rounding",
        ),
        *("parameters_before", "parameters", "served_in_before", "served_in", *measured),
        *("steps", "tokens", "test_tokens", "seed", "seconds", "peak_memory"),
    )
    return {name: result[name] for name in names if name in result}


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.training_smaller")
    parser.add_argument(
        "--json", type=Path, required=True, help="file of the figures; parts not measured stay"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--base", type=Path, help="folder of a fine-tuned model; default: fine-tuned here")
    parser.add_argument("--threads", type=int, default=2, help="threads to compute with")
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    found = parser.parse_args(arguments)
    found.data_dir = Path(os.environ.get("DATA_DIR", "data"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
