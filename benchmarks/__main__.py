"""`make bench`: runs every benchmark and writes `benchmarks/results/NAME.json`."""

import subprocess
import sys
from pathlib import Path

from benchmarks.analytics import measure_analytics
from benchmarks.data_sets import measure_data_sets
from benchmarks.retrieval_quality import measure_retrieval_quality
from benchmarks.sentiment_quality import measure_sentiment_quality
from benchmarks.training import measure_training
from benchmarks.training_beside_chat import measure_training_beside_chat
from benchmarks.training_distil import measure_training_distil
from benchmarks.training_evaluation import measure_evaluation
from benchmarks.training_exports import measure_training_exports
from benchmarks.training_smaller import measure_training_smaller

NAMES = ("chat", "inference", "retrieval", "sentiment", "topics")
RESULTS = Path("benchmarks/results")


def main() -> int:
    """Return how many benchmarks failed; a failure does not keep the next one from running."""
    failed = 0
    for name in NAMES:
        print(f"Benchmark {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "manage.py", "benchmark", name, "--json", str(RESULTS / f"{name}.json")]
        )
        failed += done.returncode != 0
    failed += not measure_retrieval_quality(RESULTS)
    failed += not measure_analytics()
    failed += not measure_sentiment_quality(RESULTS)
    failed += not measure_data_sets(RESULTS)
    failed += not measure_training(RESULTS)
    failed += not measure_evaluation(RESULTS)
    failed += subprocess.run([sys.executable, "-m", "benchmarks.model_swap"]).returncode != 0
    failed += not measure_training_distil(RESULTS)
    failed += not measure_training_smaller(RESULTS)
    failed += not measure_training_exports(RESULTS)
    failed += not measure_training_beside_chat(RESULTS)
    return failed


if __name__ == "__main__":
    sys.exit(main())
