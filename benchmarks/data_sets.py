"""`make bench`: how long 5,000 conversations take to import, clean and become a version; `data_sets.json`.

The conversations are two exchanges each: the 10,000 questions of banking77, answered by answers of
covid_faq drawn by chance, all of which people wrote. It runs in a database and a folder of its own.
"""

import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path("../shared/data")
NAME = "data_sets"
CONVERSATIONS = 5_000


def measure_data_sets(results: Path) -> bool:
    """Write the figures into `results` and return whether that succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {DATA}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", f"benchmarks.{NAME}", str(results / f"{NAME}.json")]
        return subprocess.run(command, env={**os.environ, "DATA_DIR": folder}).returncode == 0


def main(target: Path) -> None:
    """Measure in the database of this process, which is made, and write the figures into `target`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    file = Path(os.environ["DATA_DIR"]) / "conversations.jsonl"
    write_conversations(DATA, file)
    figures = figures_of(file)
    target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2), flush=True)


def write_conversations(data: Path, file: Path) -> None:
    """Write the conversations, of what is in the folder `data`, as lines in OpenAI's chat format."""
    questions = _column(data / "banking77/train.csv", "text")[: 2 * CONVERSATIONS]
    answers = _column(data / "covid_faq/faq_covidbert.csv", "answer")
    chance = random.Random(1)
    with file.open("w", encoding="utf-8") as lines:
        for pair in zip(questions[::2], questions[1::2], strict=False):
            messages = []
            for question in pair:
                messages += [
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": chance.choice(answers)},
                ]
            lines.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")


def _column(table: Path, name: str) -> list[str]:
    with table.open(encoding="utf-8", newline="") as rows:
        return [row[name].strip() for row in csv.DictReader(rows) if row[name].strip()]


def figures_of(file: Path) -> dict[str, Any]:
    """Import `file` into a new data set, clean it, make a version, and return the figures of each."""
    from django.core.management import call_command

    from chatbot.workshop.data_sets import asking, jobs
    from chatbot.workshop.models import DataJob, DataSet

    seconds: dict[str, float] = {}

    def timed(name: str, began: float) -> None:
        seconds[name] = round(time.perf_counter() - began, 1)

    began = time.perf_counter()
    call_command("importdialogues", str(file), "--licence", "CC BY 4.0, Apache-2.0")
    timed("import", began)
    data_set = DataSet.objects.get(name=file.stem)
    for kind in (DataJob.Kind.CLEAN, DataJob.Kind.VERSION):
        began = time.perf_counter()
        job = asking.ask(data_set, kind, by=None, by_worker=False)
        jobs.carry_out(DataJob.objects.claim(job.public_id))
        timed(kind.value, began)
        job.refresh_from_db()
        if job.state != DataJob.State.DONE:
            raise SystemExit(f"{kind} ended as {job.state}: {job.message} {job.detail}")
    steps = data_set.steps.all()
    return {
        "conversations": data_set.examples.count(),
        "megabytes": round(file.stat().st_size / 1e6, 1),
        **{f"{name}_seconds": value for name, value in seconds.items()},
        "steps": {
            step.kind: {name: step.report[name] for name in ("before", "removed", "changed", "seconds")}
            for step in steps
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
