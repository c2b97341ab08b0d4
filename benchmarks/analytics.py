"""How fast daily figures are counted, kept up to date, and read.

    DATABASE_URL=postgresql://… python -m benchmarks.analytics

The database must be one for this purpose: it is migrated, and filled once with a hundred days of made-up
conversations of five sites, one of which has two thirds of them: a million messages on PostgreSQL, a hundred
thousand on SQLite. `ANALYTICS_MESSAGES` says how many instead. The figures of this database go beside those
of the other in `benchmarks/results/analytics.json`. `make bench` measures SQLite in a file of its own, and
PostgreSQL where `BENCH_DATABASE_URL` names a database for that.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

NAME = "analytics"
RESULT = Path(__file__).parent / "results" / f"{NAME}.json"
MESSAGES = {"postgresql": 1_000_000, "sqlite": 100_000}
ROUNDS = 40
WARM_UPS = 3
LARGEST = "bench-large"
DAYS_COUNTED = 20


def main() -> None:
    """Fill the database where that is still to be done, measure, and write the results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from benchmarks.analytics_history import fill
    from chatbot.conversations.models import Message

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Message.objects.exists():
        began = time.perf_counter()
        fill(int(os.environ.get("ANALYTICS_MESSAGES", MESSAGES[connection.vendor])), timezone.now())
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    if "--fill" not in sys.argv:
        figures = measure()
        kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        RESULT.write_text(json.dumps({**kept, connection.vendor: figures}, indent=2) + "\n")


def measure() -> dict[str, Any]:
    """Return how long counting takes in seconds, and reading in milliseconds."""
    from accounts.models import Site
    from chatbot.analytics.models import DailyFigures
    from chatbot.analytics.refreshing import recount, refresh
    from chatbot.conversations.models import Conversation, Message

    figures: dict[str, Any] = {
        "messages": Message.objects.count(),
        "conversations": Conversation.objects.count(),
    }

    def note(name: str, value: Any) -> None:
        figures[name] = value
        print(name, value, flush=True)

    began = time.perf_counter()
    for site in Site.objects.all():
        recount(site)
    note("recount_everything_s", round(time.perf_counter() - began, 1))
    note("rows", DailyFigures.objects.count())
    large = Site.objects.get(public_key=LARGEST)
    newest = DailyFigures.objects.filter(site=large).latest("day").day
    days = [newest - timedelta(days=number + 1) for number in range(DAYS_COUNTED)]
    note("recount_day_of_largest_site", _times([partial(recount, large, day, day) for day in days]))
    refresh()
    note("refresh_nothing_new", _times([refresh] * DAYS_COUNTED))
    some = Conversation.objects.filter(site=large).order_by("-pk")[:DAYS_COUNTED]
    note("refresh_one_conversation", _times([partial(_stir, one) for one in some]))
    # As the web process does when it starts: what is loaded by now is not searched for garbage again.
    gc.collect()
    gc.freeze()
    for name, ask in _readings(large, newest).items():
        for _ in range(WARM_UPS):
            ask()
        note(name, _times([ask] * ROUNDS))
    return figures


def _stir(conversation: Any) -> None:
    from chatbot.analytics.refreshing import refresh
    from chatbot.conversations import events

    events.record(conversation, "message.feedback", {"id": "", "feedback": None})
    refresh()


def _readings(site: Any, newest: Any) -> dict[str, Callable[[], None]]:
    """Return what asks for the dashboard's figures, and for its whole page, of 30 and of 90 days."""
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from chatbot.analytics.periods import Period

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="bench-operator"))
    readings: dict[str, Callable[[], None]] = {}
    for days in (30, 90):
        period = Period.ending(newest, days)
        query = {"site": site.pk, "first": period.first, "last": period.last}
        readings[f"read_{days}_days"] = partial(_read, site, period)
        readings[f"page_{days}_days"] = partial(_ask, client, reverse("analytics:dashboard"), query)
    return readings


def _ask(client: Any, address: str, query: dict[str, Any]) -> None:
    response = client.get(address, query)
    assert response.status_code == 200, response.status_code


def _read(site: Any, period: Any) -> None:
    """Read all that the dashboard shows of a period: every figure, by day, and by every dimension."""
    from chatbot.analytics import reading
    from chatbot.analytics.definitions import FIGURES
    from chatbot.analytics.models import DailyFigures

    totals = [reading.totals(site, days) for days in (period, period.before())]
    totals += reading.by_day(site, period).values()
    for dimension in DailyFigures.Dimension.values:
        kept = reading.by_value(site, period, dimension)
        reading.value_names(site, dimension, kept)
        totals += kept.values()
    totals += reading.by_day_and_value(site, period, DailyFigures.Dimension.HOUR, ["conversations"]).values()
    for figure in FIGURES.values():
        for part in totals:
            figure.value(part)


def _times(asks: list[Callable[[], Any]]) -> dict[str, float]:
    """Return the median and the 95th percentile of what each call took, in milliseconds."""
    taken = []
    for ask in asks:
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(sorted(taken)[int(0.95 * len(taken))], 1),
    }


def measure_analytics() -> bool:
    """Measure on SQLite, and on PostgreSQL where there is one for it; return whether all went well."""
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite://{folder}/parley.sqlite3"]
        if database := os.environ.get("BENCH_DATABASE_URL"):
            urls.append(database)
        else:
            print(f"Benchmark {NAME}: PostgreSQL is left out, BENCH_DATABASE_URL names none.", flush=True)
        failed = 0
        for url in urls:
            print(f"Benchmark {NAME} on {url.partition(':')[0]}", flush=True)
            environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": folder}
            command = [sys.executable, "-m", "benchmarks.analytics"]
            failed += subprocess.run(command, env=environment).returncode != 0
    return not failed


if __name__ == "__main__":
    main()
