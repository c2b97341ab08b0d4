"""`make bench`: whether exports compute what the engine computes; writes `training_exports.json`.

`gguf_same_of_20` is how many of 20 greedy answers of llama.cpp, from the exported GGUF file, are those of
transformers in float32 from the exported folder, and `gguf_tokenised_alike` how many questions it reads as
the same tokens; `onnx_max_difference` is the largest difference of any number of onnxruntime.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.inference.children import MeasurementFailed, run_child
from benchmarks.training_programs import NotTrained, installed, result_of
from inference.catalog import load_catalog
from inference.installation.errors import InstallationError

NAME = "training_exports"
LLAMA_PYTHON = Path(".venv-bench/bin/python")
HEAD = Path("inference/heads/sentiment")
TOKENS = 48
QUESTIONS = (
    "What is the capital of France?",
    "How do I return a lamp that I bought 12 days ago?",
    "My parcel has not arrived. What should I do?",
    "Write a short apology to a customer whose order was late.",
    "Which payment methods do online shops usually accept?",
    "Name three colours.",
    "Explain what a warranty is in one sentence.",
    "How can I reset my password?",
    "What is 17 plus 25?",
    "Translate “good morning” into Spanish.",
    "Is it safe to clean a lamp with water?",
    "What does E14 mean on a light bulb?",
    "I was charged twice, €49.90 each time. Please help!",
    "Can you recommend a gift for a friend who likes to read?",
    "How long does it take to ship a parcel from Germany to Austria?",
    "Summarise: The lamp is bright, cheap and easy to install.",
    "Do you speak Chinese? 你好！",
    "What are your opening hours on Sunday?",
    "Give me two tips for writing a polite complaint.",
    "Who wrote Romeo and Juliet?",
)


def measure_training_exports(results: Path, data_dir: Path = Path("data")) -> bool:
    """Write the figures into `results` and return whether that succeeded."""
    print(f"Benchmark {NAME}", flush=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            figures = _figures(Path(folder), data_dir)
    except (NotTrained, MeasurementFailed, InstallationError) as error:
        print(f"Benchmark {NAME}: {error}", file=sys.stderr, flush=True)
        return False
    (results / f"{NAME}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2), flush=True)
    return True


def _figures(folder: Path, data_dir: Path) -> dict[str, Any]:
    catalog = load_catalog()
    questions = folder / "questions.json"
    questions.write_text(json.dumps(QUESTIONS), encoding="utf-8")
    figures = _gguf(folder, installed(catalog.default("language").name, data_dir), questions)
    encoder = installed(catalog.default("encoder").name, data_dir)
    vectors = result_of("export", "--model", encoder, "--format", "onnx", "--out", folder / "vectors")
    labels = result_of(
        *("export", "--model", HEAD, "--base", encoder, "--format", "onnx", "--out", folder / "labels")
    )
    far = {
        "encoder": _child("vectors", encoder, folder / "vectors", questions)["difference"],
        "head": _child("labels", encoder, HEAD, folder / "labels", questions)["difference"],
    }
    return {
        **figures,
        "onnx_max_difference": max(far.values()),
        "onnx_differences": far,
        "onnx_bytes": {"encoder": vectors["bytes"], "head": labels["bytes"]},
    }


def _gguf(folder: Path, model: Path, questions: Path) -> dict[str, Any]:
    result_of("export", "--model", model, "--format", "hf", "--out", folder / "hub")
    written = result_of("export", "--model", model, "--format", "gguf", "--out", folder / "model.gguf")
    if not LLAMA_PYTHON.is_file():
        raise MeasurementFailed(f"llama.cpp is not installed ({LLAMA_PYTHON}): run make bench")
    theirs = run_child(
        "llama_cpp_answers",
        *(str(folder / "model.gguf"), str(questions), str(TOKENS), "1"),
        python=str(LLAMA_PYTHON),
    )
    ours = _child("answers", folder / "hub", questions, TOKENS)
    same = [a == b for a, b in zip(ours["answers"], theirs["answers"], strict=True)]
    alike = [a == b for a, b in zip(ours["tokens"], theirs["tokens"], strict=True)]
    return {
        "gguf_same_of_20": sum(same),
        "gguf_tokenised_alike": sum(alike),
        "gguf_tokens": TOKENS,
        "gguf_bytes": written["bytes"],
        "gguf_seconds": written["seconds"],
        "gguf_different": [
            {"question": question, "ours": a, "llama_cpp": b}
            for question, a, b, is_same in zip(
                QUESTIONS, ours["answers"], theirs["answers"], same, strict=True
            )
            if not is_same
        ],
    }


def _child(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.exports_child", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise MeasurementFailed(f"exports_child {arguments[0]} ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(0 if measure_training_exports(Path("benchmarks/results")) else 1)
