"""What `manage.py benchmark inference` makes of its rounds, and what it refuses."""

import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from benchmarks.inference.children import MeasurementFailed, run_child
from benchmarks.inference.figures import OURS, best_settings, medians, ratios, rounded
from benchmarks.inference.weights import Weights
from benchmarks.inference.workload import Chat, Workload
from chatbot.monitoring.management.commands import benchmark


def test_medians_of_what_was_measured() -> None:
    assert medians({"a": [3.0, 1.0, 2.0], "b": []}) == {"a": 2.0}


def test_each_figure_of_llama_cpp_has_its_best_setting() -> None:
    settings = {
        "1 threads, plain": {"decode_1": [90.0, 110.0, 100.0], "prefill": [300.0]},
        "2 threads, plain": {"decode_1": [120.0, 60.0, 80.0], "prefill": [310.0]},
    }

    values, chosen = best_settings(settings)

    assert chosen == {"decode_1": "1 threads, plain", "prefill": "2 threads, plain"}
    assert values == {"decode_1": [90.0, 110.0, 100.0], "prefill": [310.0]}


def test_every_figure_has_its_ratio_to_each_baseline() -> None:
    figures = dict.fromkeys(OURS, 200.0)
    figures |= {f"{name}_llama_cpp": 100.0 for name in OURS}
    figures |= {"decode_16_continuous_batching": 40.0, "perplexity_bf16": 10.0, "perplexity_int4": 10.3}

    assert ratios(figures) == {
        **{f"{name}_ratio": 2.0 for name in OURS},
        "decode_16_continuous_batching_ratio": 5.0,
        "perplexity_int4_ratio": pytest.approx(1.03),
    }


def test_a_baseline_that_is_absent_has_no_ratio() -> None:
    assert ratios({"decode_1": 200.0}) == {}


def test_figures_are_rounded_wherever_they_stand() -> None:
    assert rounded({"a": 123.45678, "b": [0.00123456], "c": {"d": 3}, "e": "x"}) == {
        "a": 123.46,
        "b": [0.0012346],
        "c": {"d": 3},
        "e": "x",
    }


def test_a_workload_comes_back_from_its_file(tmp_path: Path) -> None:
    chats = [Chat([{"role": "user", "content": str(n)}], [n, n + 1]) for n in range(10)]
    workload = Workload("model", [2], chats, chats[:1], chats[:2], chats[:1], [[1]], [[2]], [3, 4])
    workload.write(tmp_path / "workload.json")

    assert Workload.read(tmp_path / "workload.json") == workload
    assert workload.groups(4, 5) == [
        [chat.tokens for chat in chats[:4]],
        [chat.tokens for chat in chats[4:8]],
    ]


def test_a_child_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match="tokenising failed: .*missing"):
        run_child("tokenising", str(tmp_path / "missing"), str(tmp_path / "file"))


def test_a_child_that_crashes_is_told_apart(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -SEGV $$\n")
    python.chmod(0o755)

    with pytest.raises(MeasurementFailed, match="ended by SIGSEGV"):
        run_child("llama_cpp_baseline", python=str(python))


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--poisson-seconds", "-1"]])
def test_a_wrong_argument_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="--rounds must be at least 1, and --poisson-seconds not negative"):
        call_command("benchmark", "inference", *arguments)


def test_the_command_writes_all_and_prints_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plans: list[benchmark.Plan] = []

    def measured(plan: benchmark.Plan, say: object) -> dict[str, object]:
        plans.append(plan)
        return {"decode_1": 120.5, "notes": ["quiet"], "rounds": {"decode_1": [120.5]}}

    monkeypatch.setattr(benchmark, "measure_inference", measured)
    file = tmp_path / "results" / "inference.json"
    model, gguf = tmp_path / "model", tmp_path / "model.gguf"

    call_command(
        *("benchmark", "inference", "--model", str(model), "--gguf", str(gguf), "--json", str(file)),
        *("--rounds", "2", "--poisson-seconds", "0", "--llama-python", sys.executable),
    )

    assert plans == [benchmark.Plan(Weights(model, gguf), Path(sys.executable), "auto", 2, 0.0)]
    assert json.loads(file.read_text())["notes"] == ["quiet"]
    assert capsys.readouterr().out.split() == ["decode_1", "120.5"]
