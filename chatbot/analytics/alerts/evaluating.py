"""Looks at the rules of every site and opens and closes their alerts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.alerts.announcing import announce
from chatbot.analytics.alerts.judging import WEEKS, Judgement, Verdict, judge
from chatbot.analytics.alerts.metrics import Metric
from chatbot.analytics.alerts.replaying import EVERY, abnormal_hours
from chatbot.analytics.alerts.series import Series, read_series
from chatbot.analytics.alerts.standing import Turn, after
from chatbot.analytics.models import Alert, AlertEvent, AlertRule, WatchSettings
from chatbot.analytics.periods import clock_of

# Who is bad again so soon was never really good: the same alert goes on, and nobody is told twice.
COOL_DOWN = timedelta(minutes=30)


def look_at_all(now: datetime | None = None) -> int:
    """Look at every site whose turn it is and tell what is to be told; return how many were looked at.

    A site is looked at every five minutes by whichever worker comes first.
    """
    now = now or timezone.now()
    looked = 0
    for site in Site.objects.all():
        settings, _created = WatchSettings.objects.get_or_create(site=site)
        if _claim(settings, now):
            look_at(site, now, is_watched=settings.is_enabled)
            looked += 1
        announce(settings, now)
    return looked


def look_at(site: Site, now: datetime, *, is_watched: bool = True) -> None:
    """Judge each rule of `site` at `now`, and open and close alerts; those of a rule that is off close."""
    rules = AlertRule.objects.usual_for(site)
    for rule in rules:
        if rule.is_open and not (is_watched and rule.is_enabled):
            _end(rule, now)
    rules = [rule for rule in rules if is_watched and rule.is_enabled]
    if not rules:
        return
    zone = clock_of(site)
    local = now.astimezone(zone).replace(tzinfo=None)
    first = local.date() - timedelta(weeks=WEEKS, days=2)
    series = read_series(site, first, local.date(), {Metric(rule.metric) for rule in rules})
    for rule in rules:
        _look(rule, series[Metric(rule.metric)], now, zone)


def not_normal(rule: AlertRule, now: datetime, zone: ZoneInfo) -> set[datetime]:
    """Return the hours of the site's clock in which alerts of the rule were open, of the weeks that count."""
    since = now - timedelta(weeks=WEEKS, days=2)
    alerts = Alert.objects.filter(Q(closed_at__isnull=True) | Q(closed_at__gte=since), rule=rule)
    hours = set[datetime]()
    for began, closed in alerts.values_list("began_at", "closed_at"):
        spans = [moment.astimezone(zone).replace(tzinfo=None) for moment in (began, closed or now)]
        hours |= abnormal_hours(*spans)
    return hours


def _claim(settings: WatchSettings, now: datetime) -> bool:
    """Keep every other worker from looking at this site for five minutes; tell whether it was its turn."""
    # A beat that comes a little early must not skip a turn.
    due = Q(looked_at__isnull=True) | Q(looked_at__lte=now - EVERY + timedelta(seconds=20))
    return bool(WatchSettings.objects.filter(due, pk=settings.pk).update(looked_at=now))


@transaction.atomic
def _end(known: AlertRule, now: datetime) -> None:
    """Close the alert of a rule that is not looked at any more."""
    rule = AlertRule.objects.select_for_update().get(pk=known.pk)
    _close(rule, Verdict(Judgement.UNKNOWN), Turn.LAPSED, now)
    AlertRule.objects.filter(pk=rule.pk).update(is_open=False, bad_in_row=0, good_in_row=0, unknown_in_row=0)


@transaction.atomic
def _look(known: AlertRule, series: Series, now: datetime, zone: ZoneInfo) -> None:
    rule = AlertRule.objects.select_for_update().filter(pk=known.pk).first()
    if rule is None or (rule.looked_at is not None and rule.looked_at >= now):
        return
    verdict = judge(rule, series, now.astimezone(zone).replace(tzinfo=None), not_normal(rule, now, zone))
    standing, turn = after(rule.standing, verdict.judgement, rule.opens_after, rule.closes_after)
    if not rule.bad_in_row and standing.bad_in_row:
        rule.bad_since = now
    if turn is Turn.OPENED:
        _open(rule, verdict, now)
    elif turn is not Turn.NONE:
        _close(rule, verdict, turn, now)
    elif standing.is_open and verdict.value is not None and verdict.judgement is not Judgement.UNKNOWN:
        Alert.objects.not_closed().filter(rule=rule, worst__lt=verdict.value).update(worst=verdict.value)
    rule.is_open, rule.bad_in_row = standing.is_open, standing.bad_in_row
    rule.good_in_row, rule.unknown_in_row = standing.good_in_row, standing.unknown_in_row
    rule.looked_at, rule.judgement = now, verdict.judgement
    rule.value, rule.baseline, rule.sample = verdict.value, verdict.baseline, verdict.sample
    rule.save(
        update_fields=[
            *("is_open", "bad_in_row", "good_in_row", "unknown_in_row", "bad_since"),
            *("looked_at", "judgement", "value", "baseline", "sample"),
        ]
    )


def _open(rule: AlertRule, verdict: Verdict, now: datetime) -> None:
    """Open an alert, or the last one again where it closed only just."""
    value = verdict.value or 0.0
    lately = Alert.objects.filter(rule=rule, state=Alert.State.CLOSED, closed_at__gt=now - COOL_DOWN)
    alert = lately.order_by("-closed_at").first()
    if alert is not None:
        Alert.objects.filter(pk=alert.pk).update(
            state=Alert.State.ACKNOWLEDGED if alert.acknowledged_by_id else Alert.State.OPEN,
            closed_at=None,
            worst=max(alert.worst, value),
            reopenings=F("reopenings") + 1,
        )
        # Nobody has heard yet that it closed, and nobody is to.
        alert.events.filter(notice__isnull=True).exclude(kind=AlertEvent.Kind.OPENED).update(tell_at=None)
        alert.events.create(kind=AlertEvent.Kind.REOPENED, value=value, created_at=now)
        return
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                site_id=rule.site_id,
                rule=rule,
                began_at=rule.bad_since or now,
                opened_at=now,
                value=value,
                worst=value,
                baseline=verdict.baseline,
                sample=verdict.sample,
            )
    except IntegrityError:
        # It is open already, whatever the rule remembers.
        return
    tell_at = None if rule.is_muted(now) else now
    alert.events.create(kind=AlertEvent.Kind.OPENED, value=value, created_at=now, tell_at=tell_at)


def _close(rule: AlertRule, verdict: Verdict, turn: Turn, now: datetime) -> None:
    alert = Alert.objects.not_closed().filter(rule=rule).first()
    if alert is None:
        return
    Alert.objects.filter(pk=alert.pk).update(state=Alert.State.CLOSED, closed_at=now)
    kind = AlertEvent.Kind.CLOSED if turn is Turn.CLOSED else AlertEvent.Kind.LAPSED
    # Told when it has stayed closed for a while, to those who heard that it opened.
    tell_at = None if rule.is_muted(now) or not _was_told(alert) else now + COOL_DOWN
    alert.events.create(kind=kind, value=verdict.value, created_at=now, tell_at=tell_at)


def _was_told(alert: Alert) -> bool:
    told = Q(notice__isnull=False) | Q(tell_at__isnull=False)
    return alert.events.filter(told, kind=AlertEvent.Kind.OPENED).exists()
