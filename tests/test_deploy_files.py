"""The examples for Prometheus and Grafana ask only for figures that the processes have, in valid PromQL."""

import json
import re
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

import chatbot.conversations.metrics
import chatbot.monitoring.http_requests
import chatbot.monitoring.worker_metrics  # noqa: F401  registers its figures, as the two above
from inference.server.engines import Engines, Serving
from inference.server.metrics import Metrics
from tests.processes import ROOT

_OWN = re.compile(r"\bparley_\w+")
_ENDINGS = ("_bucket", "_count", "_sum")


def expressions() -> list[str]:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((ROOT / "deploy/grafana/parley.json").read_text())
    for panel in dashboard["panels"]:
        found += [target["expr"].replace("$__rate_interval", "5m") for target in panel.get("targets", [])]
    return found


class _NoEngine:
    """Stands in for the engine's loop; only names are asked for."""

    def __getattr__(self, name: str) -> Any:
        return _NoEngine()

    def __float__(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def known() -> set[str]:
    names = set(_names(REGISTRY))
    names |= set(_names(Metrics(Engines(Serving("tiny@1", _NoEngine())))._registry))  # type: ignore[arg-type]
    # What the worker asks the queue and the database for has no samples here.
    asked_for = {"parley_tasks_running", "parley_tasks_waiting"}
    asked_for |= {"parley_trainings", "parley_trainings_ended_total"}
    return names | asked_for


def _names(registry: Any) -> list[str]:
    found = []
    for family in registry.collect():
        found += [family.name, f"{family.name}_total", *(sample.name for sample in family.samples)]
        found += [family.name + ending for ending in _ENDINGS if family.type == "histogram"]
    return found


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_valid_and_asks_for_what_there_is(expression: str, known: set[str]) -> None:
    promql_parser.parse(expression)
    asked = set(_OWN.findall(re.sub(r'"[^"]*"', "", expression)))
    assert asked <= known


def test_prometheus_collects_from_the_ports_that_are_the_defaults() -> None:
    configuration = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in configuration["scrape_configs"]
    }
    docs = (ROOT / "docs/configuration.md").read_text()

    assert targets == {
        "parley-web": ["127.0.0.1:8000"],
        "parley-worker": ["127.0.0.1:8009"],
        "parley-model": ["127.0.0.1:8001"],
    }
    for name, port in (("PORT", 8000), ("WORKER_METRICS_PORT", 8009), ("INFERENCE_PORT", 8001)):
        assert f"| `{name}` | `{port}` |" in docs


def test_panels_do_not_overlap() -> None:
    panels = json.loads((ROOT / "deploy/grafana/parley.json").read_text())["panels"]
    cells: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels):
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not own & cells and place["x"] + place["w"] <= 24
        cells |= own
