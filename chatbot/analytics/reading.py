"""Reads the figures that are kept, for a page, a report or a rule: never the messages themselves."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Site
from chatbot.analytics.models import CountedSite, DailyFigures
from chatbot.analytics.periods import Period
from chatbot.analytics.totals import COLUMNS, Totals
from chatbot.prompts import languages

Dimension = DailyFigures.Dimension


def totals(site: Site, period: Period, dimension: str = Dimension.ALL, value: str = "") -> Totals:
    """Return the sums over the period, of everything or of one value of a dimension.

    Values are what `DailyFigures.value` holds. Without figures all is zero.
    """
    rows = _rows(site, period, dimension).filter(value=value)
    return _summed(rows, "dimension").get(dimension, Totals())


def by_day(site: Site, period: Period, dimension: str = Dimension.ALL, value: str = "") -> dict[date, Totals]:
    """Return the sums of each day of the period in order, days without figures included."""
    rows = _rows(site, period, dimension).filter(value=value)
    kept = {
        day: Totals(**dict(zip(COLUMNS, row, strict=True)), first_token=_counter(steps))
        for day, steps, *row in rows.values_list("day", "first_token", *COLUMNS)
    }
    return {day: kept.get(day, Totals()) for day in period}


def by_value(site: Site, period: Period, dimension: str) -> dict[str, Totals]:
    """Return the sums over the period by the values of a dimension.

    Hours are all there, from "0" to "23"; of other dimensions the values for which something was counted,
    those with the most conversations first.
    """
    kept = _summed(_rows(site, period, dimension), "value")
    if dimension == Dimension.HOUR:
        return {str(hour): kept.get(str(hour), Totals()) for hour in range(24)}
    return dict(sorted(kept.items(), key=lambda item: (-item[1].conversations, item[0])))


def by_day_and_value(
    site: Site, period: Period, dimension: str, columns: Sequence[str] = COLUMNS
) -> dict[tuple[date, str], Totals]:
    """Return the sums of each day and value for which something was counted, without first tokens.

    These are many rows: whoever needs some `columns` only names them, and the others are zero.
    """
    rows = _rows(site, period, dimension).order_by().values_list("day", "value", *columns)
    return {(day, value): Totals(**dict(zip(columns, row, strict=True))) for day, value, *row in rows}


def value_names(site: Site, dimension: str, values: Iterable[str]) -> dict[str, str]:
    """Return what people call the values of a dimension, in the reader's language.

    What is gone by now, such as a label that was deleted, has no name and is left out.
    """
    values = list(values)
    if dimension == Dimension.HOUR:
        return {value: f"{int(value):02}:00" for value in values}
    if dimension == Dimension.LANGUAGE:
        return {value: languages.shown_name(value) if value else _("Not known") for value in values}
    if dimension == Dimension.LABEL:
        named = list(site.labels.values_list("pk", "name"))
    elif dimension == Dimension.PROMPT:
        numbers = site.prompt_versions.values_list("pk", "number")
        named = [(key, _("Prompt %(number)s") % {"number": number}) for key, number in numbers]
    else:
        return {value: value for value in values}
    names = {str(key): name for key, name in named}
    return {value: names[value] for value in values if value in names}


def refreshed_at(site: Site) -> datetime | None:
    """Return up to which moment changes are in the figures; None where nothing was counted yet."""
    return CountedSite.objects.filter(site=site).values_list("changes_until", flat=True).first()


def _rows(site: Site, period: Period, dimension: str) -> "QuerySet[DailyFigures]":
    return DailyFigures.objects.filter(
        site=site, dimension=dimension, day__gte=period.first, day__lte=period.last
    )


def _summed(rows: "QuerySet[DailyFigures]", key: str) -> dict[Any, Totals]:
    """Return the sums of the rows by a column."""
    sums = rows.order_by().values(key).annotate(**{f"sum_{name}": Sum(name) for name in COLUMNS})
    found = {row[key]: Totals(**{name: row[f"sum_{name}"] for name in COLUMNS}) for row in sums}
    # The database cannot add steps up.
    for value, steps in rows.order_by().values_list(key, "first_token"):
        found[value].first_token.update(_counter(steps))
    return found


def _counter(steps: dict[str, int]) -> Counter[int]:
    return Counter({int(step): count for step, count in steps.items()})
