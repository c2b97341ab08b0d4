"""Which site and which days a page is about, as its address says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Site
from accounts.policy import Ability, signed_in, sites_where
from chatbot.analytics.periods import Period

MOST_DAYS = 366
USUAL = "30"
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


def _month_of(day: date) -> Period:
    return Period(day.replace(day=1), day)


# By the name in the address: how people call the period, and which it is when today is this day.
PRESETS: Mapping[str, tuple[Promise, Callable[[date], Period]]] = {
    "today": (gettext_lazy("Today"), lambda day: Period(day, day)),
    "7": (gettext_lazy("7 days"), lambda day: Period.ending(day, 7)),
    "30": (gettext_lazy("30 days"), lambda day: Period.ending(day, 30)),
    "90": (gettext_lazy("90 days"), lambda day: Period.ending(day, 90)),
    "month": (gettext_lazy("This month"), _month_of),
    "last-month": (gettext_lazy("Last month"), lambda day: _month_of(day.replace(day=1) - timedelta(days=1))),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The days of a page: a preset's name, or "" for dates of one's own, and what was wrong with those."""

    preset: str
    period: Period
    problem: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The part of an address that chooses these days again."""
        if self.preset:
            return {"period": self.preset}
        return {"first": str(self.period.first), "last": str(self.period.last)}


class BadDays(ValueError):
    """The days are none, or too many; the text is for people."""


def chosen_site(request: HttpRequest, ability: Ability = Ability.READ_ANALYTICS) -> Site:
    """Return the site that the query names, or the person's first one, on which they have `ability`.

    Raises PermissionDenied where they have it on none; another site than theirs does not exist (Http404).
    """
    sites = sites_where(signed_in(request), ability)
    wanted = request.GET.get("site", "")
    if wanted:
        # No row has a number of more digits than that.
        is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
        return get_object_or_404(sites, pk=int(wanted) if is_number else 0)
    site = sites.first()
    if site is None:
        raise PermissionDenied
    return site


def chosen_days(query: Mapping[str, str], today: date) -> Choice:
    """Return the days that the query names: dates of its own before a preset, and 30 days without either.

    Dates that make no period leave the usual one, and say what was wrong.
    """
    if "first" in query or "last" in query:
        try:
            return Choice("", own_days(query, today))
        except BadDays as error:
            return Choice(USUAL, PRESETS[USUAL][1](today), str(error))
    name = query.get("period", USUAL)
    name = name if name in PRESETS else USUAL
    return Choice(name, PRESETS[name][1](today))


def own_days(query: Mapping[str, str], today: date) -> Period:
    """Return the period from `first` to `last` of the query, or its one `day`; a missing one is today.

    Raises BadDays.
    """
    if "day" in query:
        query = {"first": query["day"], "last": query["day"]}
    try:
        first, last = (date.fromisoformat(query.get(name) or str(today)) for name in ("first", "last"))
    except ValueError:
        raise BadDays(_("A date looks like 2026-01-31.")) from None
    if not (first.year >= _FIRST_YEAR and last.year <= _LAST_YEAR):
        raise BadDays(_("Choose days of the years 2000 to 9000."))
    if last < first:
        raise BadDays(_("The first day must not come after the last."))
    if (last - first).days >= MOST_DAYS:
        raise BadDays(_("Choose at most %(n)s days.") % {"n": MOST_DAYS})
    return Period(first, last)
