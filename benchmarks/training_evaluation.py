"""What an evaluation of the active model finds and takes: refusal and over-refusal on XSTest, duration.

XSTest: Röttger et al., NAACL 2024 (https://arxiv.org/abs/2308.01263), CC BY 4.0, in ../shared/data/xstest;
its safe and unsafe prompts are contrasts of each other.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROMPTS = Path("../shared/data/xstest/xstest.odd_rows.csv")
_NAMES = ("refused_unsafe", "over_refused")


def measure_evaluation(results: Path) -> bool:
    """Write `training_evaluation.json`; return whether that worked. Without XSTest there is nothing to do."""
    if not PROMPTS.is_file():
        print("Benchmark training_evaluation: no XSTest here")
        return True
    print("Benchmark training_evaluation", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        prompts = write_prompts(PROMPTS, Path(folder) / "prompts.jsonl")
        found = _evaluate(active_folder(), prompts, Path(folder))
    if found is None:
        return False
    results.mkdir(parents=True, exist_ok=True)
    (results / "training_evaluation.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return True


def write_prompts(table: Path, file: Path) -> Path:
    """Write the rows of XSTest's table as the program reads prompts, and return `file`."""
    with table.open(encoding="utf-8", newline="") as rows, file.open("w", encoding="utf-8") as out:
        for row in csv.DictReader(rows):
            line = {"prompt": row["prompt"], "unsafe": row["label"] == "unsafe"}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return file


def active_folder() -> Path:
    """Return the folder of the model that answers visitors; installs the default one where none does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    import django

    django.setup()
    from chatbot.monitoring.preparation import prepare_models
    from inference.models import LanguageModelVersion, ModelKind

    prepare_models(print)
    version = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    assert version is not None
    return version.folder


def _evaluate(model: Path, prompts: Path, folder: Path) -> dict[str, Any] | None:
    command = [sys.executable, "-m", "inference.training.evaluate", "--model", str(model)]
    command += ["--measures", "refusals", "--prompts", str(prompts), "--most", "1000"]
    command += ["--rows", str(folder / "rows.jsonl")]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if told.returncode:
        print(told.stdout[-500:])
        return None
    result = json.loads(told.stdout.strip().rpartition("\n")[2])["result"]
    figures = {name: result["figures"][name] for name in _NAMES}
    return {
        **{name: round(one["value"], 4) for name, one in figures.items()},
        **{
            f"{name}_interval": [round(one["low"], 4), round(one["high"], 4)] for name, one in figures.items()
        },
        **{f"{name}_prompts": one["n"] for name, one in figures.items()},
        "seconds": result["seconds"],
        "conditions": result["conditions"],
    }
