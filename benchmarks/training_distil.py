"""`python -m benchmarks.training_distil --json FILE`: what students lose, and what their teachers are worth.

A language model of half the layers learns from the fine-tuned one on Schema-Guided Dialogues, and once more,
from the same beginning and by the same steps, without it: `distil_perplexity_ratio` is the perplexity with
the teacher divided by that without, on dialogues that none of them has seen. A sentiment head on three of
twelve layers learns from the shipped one: `encoder_macro_f1_ratio` and `encoder_speed_ratio` are student by
teacher, on texts that neither has learnt from.
"""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.sgd_dialogues import write_sgd
from benchmarks.training_programs import NotTrained, flags, installed, result_of
from inference.engine.sentiment_facts import read_facts

DATA = Path("../shared/data")
NAME = "training_distil"
SHIPPED_HEAD = Path("inference/heads/sentiment")
LANGUAGE_MODEL = "SmolLM2-135M-Instruct"
LANGUAGE = {"epochs": 3, "longest": 512, "tokens_at_once": 512, "control": True}
TEACHER = {"epochs": 3, "longest": 512}
ENCODER: dict[str, object] = {"layers": "3"}
PARTS = ("encoder", "language")
# What is kept of a result beside the ratios.
_KEPT = {
    "encoder": (
        *("train", "seed", "kept_layers", "layers_before", "agreement", "bytes"),
        *("texts_per_second_before", "texts_per_second_after", "before", "after"),
    ),
    "language": (
        *("perplexity_teacher", "perplexity_reduced", "perplexity_after", "perplexity_control"),
        *(
            "kept_layers",
            "layers_before",
            "parameters",
            "parameters_before",
            "steps",
            "tokens",
            "test_tokens",
            "seed",
        ),
    ),
}


def measure_training_distil(results: Path) -> bool:
    """Write `training_distil.json` into `results`; return whether that succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {DATA}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    return main(["--json", str(results / f"{NAME}.json")]) == 0


def main(arguments: list[str]) -> int:
    """Measure and write the figures; returns 1, after a sentence, where a program gave none."""
    options = _options(arguments)
    figures: dict[str, Any] = {}
    if options.json.is_file():
        figures = json.loads(options.json.read_text(encoding="utf-8"))
    try:
        for part in options.parts:
            with TemporaryDirectory() as folder:
                measure = encoder_figures if part == "encoder" else language_figures
                figures |= measure(options, Path(folder))
    except NotTrained as problem:
        print(problem, file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def encoder_figures(options: Namespace, folder: Path) -> dict[str, Any]:
    """The figures of a head on three layers. Raises NotTrained."""
    base = options.encoder or installed(read_facts(options.head).base, options.data_dir)
    result = result_of(
        "distil_encoder",
        *("--base", base, "--head", options.head, "--data", options.data, "--out", folder / "head"),
        *flags(ENCODER),
    )
    return {
        "encoder_macro_f1_ratio": result["macro_f1_ratio"],
        "encoder_speed_ratio": result["speed_ratio"],
        "encoder": {name: result[name] for name in _KEPT["encoder"]},
    }


def language_figures(options: Namespace, folder: Path) -> dict[str, Any]:
    """The figures of a student of half the layers, with its teacher and without. Raises NotTrained."""
    write_sgd(folder / "sgd", options.data / "sgd")
    data = ("--data", folder / "sgd")
    teacher = options.teacher
    if teacher is None:
        teacher = folder / "teacher"
        base = options.base or installed(LANGUAGE_MODEL, options.data_dir)
        result_of("finetune", "--base", base, *data, "--out", teacher, *flags(TEACHER))
    result = result_of("distil", "--base", teacher, *data, "--out", folder / "student", *flags(LANGUAGE))
    return {
        "distil_perplexity_ratio": result["control_ratio"],
        "language": {name: result[name] for name in _KEPT["language"]},
    }


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.training_distil")
    parser.add_argument(
        "--json", type=Path, required=True, help="file of the figures; parts not measured stay"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--base", type=Path, help="folder of the language model; default: the installed one")
    parser.add_argument("--teacher", type=Path, help="folder of a fine-tuned one; default: fine-tuned here")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder; default: the installed one")
    parser.add_argument("--head", type=Path, default=SHIPPED_HEAD, help="folder of the head that teaches")
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    found = parser.parse_args(arguments)
    found.data_dir = Path(os.environ.get("DATA_DIR", "data"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
