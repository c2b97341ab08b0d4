"""The weekly report of a site: when and to whom it goes, and what was in it."""

from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id
from accounts.policy import Ability, sites_where
from chatbot.analytics.models.recipients import MailsPeople
from chatbot.weekdays import Weekday

# Longer than it takes to make a report.
CLAIM = timedelta(minutes=5)
KEPT = timedelta(days=365)
TRIES_KEPT = timedelta(days=1)


class ReportSettings(MailsPeople):
    """One row a site, off until an owner turns it on."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="report_settings", verbose_name=_("site"))
    is_enabled = models.BooleanField(_("send every week"), default=False)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday, default=Weekday.MONDAY)
    hour = models.PositiveSmallIntegerField(
        _("hour"),
        default=8,
        validators=[MaxValueValidator(23)],
        help_text=_("From 0 to 23, on the site's clock."),
    )
    # From this moment on: weeks that were due before it was turned on are not made up for.
    enabled_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("weekly report")
        verbose_name_plural = _("weekly reports")
        ordering = ["site"]

    def __str__(self) -> str:
        return str(self.site)

    def newest_due(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, date]:
        """Return when a report fell due last, and the last day that it tells of: the day before.

        An hour that a change of the clock leaves out comes when the clock has gone on; of a repeated hour it
        is the first.
        """
        local = now.astimezone(zone)
        day = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        due = datetime.combine(day, time(self.hour), zone)
        if due > now:
            day -= timedelta(days=7)
            due = datetime.combine(day, time(self.hour), zone)
        return due, day - timedelta(days=1)


class ReportQuerySet(models.QuerySet["Report"]):
    def seen_by(self, person: User | AnonymousUser) -> Self:
        """Return the reports of the sites that the person manages."""
        return self.filter(site__in=sites_where(person, Ability.MANAGE_SITE))

    def claim_next(self, now: datetime) -> "Report | None":
        """Return a report that is to be made, and keep every other process from it for five minutes."""
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        waiting = self.filter(free, state=Report.State.WAITING).order_by("pk")
        for report in waiting.select_related("site", "asked_by"):
            until = now + CLAIM
            if self.filter(free, pk=report.pk, state=Report.State.WAITING).update(
                claimed_until=until, attempts=F("attempts") + 1
            ):
                report.attempts, report.claimed_until = report.attempts + 1, until
                return report
        return None

    def out_of_date(self, now: datetime) -> Self:
        """Return what need not be kept: previews and tests after a day, weekly reports after a year."""
        weekly = Q(kind=Report.Kind.WEEKLY)
        return self.filter(
            (weekly & Q(created_at__lt=now - KEPT)) | (~weekly & Q(created_at__lt=now - TRIES_KEPT))
        )


class Report(models.Model):
    """One report of seven days: its figures as they were when it was made, and its pictures."""

    class Kind(models.TextChoices):
        WEEKLY = "weekly", _("Weekly")
        TEST = "test", _("Test")
        PREVIEW = "preview", _("Preview")

    class State(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="reports", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    error = models.CharField(_("error"), max_length=300, blank=True)
    # Whose wish a test or a preview is; a test goes to that person's address.
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    content = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("created"))
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "last"], condition=Q(kind="weekly"), name="weekly_report_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"


class ReportPicture(models.Model):
    """A picture of a report, as PNG."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=20)
    png = models.BinaryField()

    class Meta:
        verbose_name = _("picture of a report")
        verbose_name_plural = _("pictures of reports")
        constraints = [models.UniqueConstraint(fields=["report", "name"], name="picture_once_a_report")]

    def __str__(self) -> str:
        return self.name
