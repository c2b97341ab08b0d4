"""`python -m benchmarks.training --json-folder FOLDER`: what fine-tuning is worth, and what it gives away.

All parts learn from Schema-Guided Dialogues and are measured on dialogues that they have not seen. Of a file
with fewer than 2,000 answers of the service, fine-tuning reads the dialogues again until it has read so many.

- finetune: `finetune_perplexity_ratio` is the perplexity after divided by that before.
- private: the same at epsilon 8. `private_membership_auc` is what an attack by loss reaches on the model,
  `nonprivate_membership_auc` what it reaches on one that was trained without privacy.
- resume: `resume_loss_difference` is the largest distance between the final loss of a training that nobody
  killed and those of ten that were killed at a random step and went on.
"""

import json
import os
import random
import shutil
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.sgd_dialogues import write_sgd
from benchmarks.training_programs import NotTrained, installed, killed_at, result_of

DATA = Path("../shared/data")
PARTS = ("finetune", "private", "resume")
LANGUAGE_MODEL = "SmolLM2-135M-Instruct"
_ANSWERS = 2000
# Enough to be killed at; what the parts above learn takes minutes each time.
_RESUME = ("--epochs", "1", "--rank", "4", "--tokens-at-once", "256", "--checkpoint-every", "1")
_RESUMED_ANSWERS = 60
_KILLS = 10


def measure_training(results: Path) -> bool:
    """Write `training_PART.json` into `results`; return whether all succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark training: left out, there is no {DATA}.", flush=True)
        return True
    print("Benchmark training", flush=True)
    return main(["--json-folder", str(results)]) == 0


def main(arguments: list[str]) -> int:
    """Measure the parts and write a file for each; returns 1, after a sentence, where a program gave none."""
    options = _options(arguments)
    measures = {"finetune": finetune_figures, "private": private_figures, "resume": resume_figures}
    options.json_folder.mkdir(parents=True, exist_ok=True)
    failed = False
    for part in options.parts:
        with TemporaryDirectory() as folder:
            try:
                figures = measures[part](options, Path(folder))
            except NotTrained as problem:
                print(f"{part}: {problem}", file=sys.stderr)
                failed = True
                continue
        target = options.json_folder / f"training_{part}.json"
        target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(failed)


def finetune_figures(options: Namespace, folder: Path) -> dict[str, Any]:
    """The figures of fine-tuning by 2,000 answers, with its defaults otherwise. Raises NotTrained."""
    counts = write_sgd(folder / "sgd", options.data / "sgd", _ANSWERS)
    epochs = max(1.0, round(_ANSWERS / counts["train_answers"], 2))
    result = result_of("finetune", *_common(options, folder, "sgd"), "--epochs", epochs)
    return {
        "finetune_perplexity_ratio": round(result["perplexity_after"] / result["perplexity_before"], 4),
        "nonprivate_membership_auc": result["membership"]["loss"]["auc"],
        "minutes": round(result["seconds"] / 60, 1),
        "epochs": epochs,
        **counts,
        **result,
    }


def private_figures(options: Namespace, folder: Path) -> dict[str, Any]:
    """The figures of private fine-tuning with its defaults. Raises NotTrained."""
    counts = write_sgd(folder / "sgd", options.data / "sgd")
    result = result_of("private", *_common(options, folder, "sgd"))
    beside = result["without_privacy"]
    return {
        "private_perplexity_ratio": round(result["perplexity_after"] / result["perplexity_before"], 4),
        "private_membership_auc": result["membership"]["loss"]["auc"],
        "private_membership_auc_calibrated": result["membership"]["calibrated"]["auc"],
        "nonprivate_membership_auc": beside["membership"]["loss"]["auc"],
        "nonprivate_membership_auc_calibrated": beside["membership"]["calibrated"]["auc"],
        **counts,
        **result,
    }


def resume_figures(options: Namespace, folder: Path) -> dict[str, Any]:
    """The final losses of a training that was killed at a random step and went on. Raises NotTrained."""
    write_sgd(folder / "sgd", options.data / "sgd", service_turns=_RESUMED_ANSWERS)
    test = folder / "sgd" / "test.jsonl"
    # Nothing is asked of the perplexity here, which each of the programs would measure twice.
    test.write_text(test.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    arguments = (*_common(options, folder, "sgd"), *_RESUME)
    whole = result_of("finetune", *arguments)
    shutil.rmtree(folder / "out")
    chance = random.Random(1)
    losses, steps = [], []
    for number in range(_KILLS):
        kept = folder / f"checkpoints-{number}"
        steps.append(chance.randrange(1, whole["steps"]))
        killed_at(steps[-1], kept, "finetune", *arguments, "--checkpoints", kept)
        resumed = result_of("finetune", *arguments, "--checkpoints", kept)
        losses.append(resumed["losses"][-1][1])
        shutil.rmtree(folder / "out")
        shutil.rmtree(kept)
    expected = whole["losses"][-1][1]
    return {
        "resume_loss_difference": max(abs(loss - expected) for loss in losses),
        "final_loss": expected,
        "killed_at": steps,
        "final_losses": losses,
        "steps": whole["steps"],
    }


def _common(options: Namespace, folder: Path, data: str) -> tuple[object, ...]:
    base = options.base or installed(LANGUAGE_MODEL, Path(os.environ.get("DATA_DIR", "data")))
    where = ("--base", base, "--data", folder / data, "--out", folder / "out")
    return (*where, "--threads", options.threads)


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.training")
    parser.add_argument("--json-folder", type=Path, required=True, help="folder of the figures")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--base", type=Path, help="folder of the language model; default: the installed one")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
