"""Charts over time, each with the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chatbot.analytics.charts.columns import columns
from chatbot.analytics.charts.lines import lines
from chatbot.analytics.charts.points import Point, Series
from chatbot.analytics.charts.shares import shares
from chatbot.analytics.charts.small import swatch
from chatbot.analytics.dashboard.addresses import Links
from chatbot.analytics.dashboard.bins import Bin, kind_of
from chatbot.analytics.dashboard.tables import Cell, table
from chatbot.analytics.dashboard.writing import percent, with_count, written
from chatbot.analytics.definitions import FIGURES

_FEELINGS = ("negative", "unsure", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with its heading, the series that it names, and its table; `note` says how to read it."""

    name: str
    title: str
    chart: SafeString
    table: SafeString
    legend: Sequence[tuple[SafeString, str]] = ()
    note: str = ""
    is_wide: bool = False


def volume(bins: Sequence[Bin], links: Links) -> Panel:
    """Conversations, beside those of the period before."""
    title = _("Conversations")
    now, before = Series(title, "a"), Series(_("Period before"), "before")
    points = [
        Point(
            bin_.label,
            _lines(
                bin_,
                (now.name, _count(bin_.now.conversations)),
                (before.name, _count(bin_.before.conversations)),
            ),
            (bin_.now.conversations,),
            bin_.address(links, "conversations"),
        )
        for bin_ in bins
    ]
    earlier = [bin_.before.conversations for bin_ in bins]
    return Panel(
        name="volume",
        title=title,
        chart=columns(title, points, now, _count, before=(before, earlier)),
        table=_table(title, bins, links, ("conversations", "messages", "answers"), before="conversations"),
        legend=[*_legend([now]), *_legend([before], as_line=True)],
    )


def outcomes(bins: Sequence[Bin], links: Links) -> Panel:
    """What the assistant resolved, against what it handed over to people."""
    title = _("Resolved and handed over")
    series = (Series(_("Resolved"), "a"), Series(_("Handed over"), "b"))
    points = [
        Point(
            bin_.label,
            _lines(
                bin_,
                (series[0].name, _count(bin_.now.resolved)),
                (series[1].name, _count(bin_.now.handed_over)),
            ),
            (bin_.now.resolved, bin_.now.handed_over),
            bin_.address(links, "resolved") or bin_.address(links, "handed_over"),
        )
        for bin_ in bins
    ]
    return Panel(
        name="outcomes",
        title=title,
        chart=lines(title, points, series, _count, whole=True),
        table=_table(title, bins, links, ("resolved", "handed_over", "abandoned", "unknown")),
        legend=_legend(series, as_line=True),
        note=_("Conversations that the assistant resolved alone, and those for which a person came."),
    )


def feelings(bins: Sequence[Bin], links: Links) -> Panel:
    """Shares of negative, unsure, neutral and positive messages over time."""
    return _feelings("feelings", _("Sentiment"), bins, links)


def feelings_by_hour(bins: Sequence[Bin], links: Links) -> Panel:
    """The same shares by the hour of the day."""
    return replace(_feelings("feelings-by-hour", _("Sentiment by hour"), bins, links), is_wide=True)


def _feelings(name: str, title: str, bins: Sequence[Bin], links: Links) -> Panel:
    labels = {
        "negative": _("Negative"),
        "unsure": _("Unsure"),
        "neutral": _("Neutral"),
        "positive": _("Positive"),
    }
    series = [Series(labels[feeling], feeling) for feeling in _FEELINGS]
    points = []
    for bin_ in bins:
        values = tuple(getattr(bin_.now, feeling) for feeling in _FEELINGS)
        whole = sum(values)
        told = [
            (one.name, f"{percent(value / whole)} ({_count(value)})" if whole else "–")
            for one, value in zip(series, values, strict=True)
        ]
        points.append(
            Point(bin_.label, _lines(bin_, *reversed(told)), values, bin_.address(links, "sentiment"))
        )
    return Panel(
        name=name,
        title=title,
        chart=shares(title, points, series, percent),
        table=_table(title, bins, links, ("positive", "neutral", "unsure", "negative", "sentiment")),
        legend=_legend(series[::-1]),
        note=_("Shares of the visitors' messages.")
        if any(any(point.values) for point in points)
        else _("No message of these days has a sentiment yet."),
    )


def first_token(bins: Sequence[Bin], links: Links) -> Panel:
    """How long answers took to begin: the median and the slowest twentieth."""
    title = _("Time to first token")
    series = (Series(_("Median"), "a"), Series(_("95th percentile"), "b"))
    names = ("first_token_p50", "first_token_p95")
    points = []
    for bin_ in bins:
        values = tuple(FIGURES[name].value(bin_.now) for name in names)
        told = [(one.name, _milliseconds(value)) for one, value in zip(series, values, strict=True)]
        points.append(Point(bin_.label, _lines(bin_, *told), values, bin_.address(links, names[0])))
    return Panel(
        name="first-token",
        title=title,
        chart=lines(title, points, series, _milliseconds),
        table=_table(title, bins, links, (*names, "queue_wait")),
        legend=_legend(series, as_line=True),
    )


def _legend(series: Sequence[Series], *, as_line: bool = False) -> list[tuple[SafeString, str]]:
    return [(swatch(one, as_line=as_line), one.name) for one in series]


def _table(
    title: str, bins: Sequence[Bin], links: Links, names: Sequence[str], before: str = ""
) -> SafeString:
    """Return the figures of each bin, the newest first."""
    figures = [FIGURES[name] for name in names]
    heads = [kind_of(bins), *(str(figure.label) for figure in figures)]
    if before:
        heads.append(_("Period before"))
    rows = []
    for bin_ in reversed(bins):
        cells = [Cell(with_count(figure, bin_.now), bin_.address(links, figure.name)) for figure in figures]
        if before:
            earlier = with_count(FIGURES[before], bin_.before)
            cells.append(Cell(earlier, bin_.address(links, before, before=True)))
        rows.append((Cell(bin_.name), cells))
    return table(title, heads, rows)


def _lines(bin_: Bin, *told: tuple[str, str]) -> str:
    return "\n".join([bin_.name, *(f"{name}: {value}" for name, value in told)])


def _count(value: float) -> str:
    return written(value, "count")


def _milliseconds(value: float | None) -> str:
    return written(value, "milliseconds")
