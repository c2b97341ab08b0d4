"""When and how a site's visitors get to a person."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.weekdays import Weekday

_LOOK_AHEAD_DAYS = 15


def default_words() -> list[str]:
    """Return what people write, in English and Chinese, who want a person."""
    return [
        "human",
        "agent",
        "operator",
        "real person",
        "talk to a person",
        "speak to someone",
        "talk to someone",
        "人工",
        "真人",
        "客服人员",
        "找人工",
    ]


def _check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone of this name. Write one like Europe/Berlin."))


def _check_words(words: object) -> None:
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        raise ValidationError(_("Write a list of words."))


class HandoffSettingsManager(models.Manager["HandoffSettings"]):
    def of(self, site_id: int) -> "HandoffSettings":
        """Return the site's settings, or the defaults for a site that has saved none."""
        return self.filter(site_id=site_id).first() or self.model(site_id=site_id)

    def clock_of(self, site_id: int) -> ZoneInfo:
        """Return the site's clock, or the installation's for a site that has saved no settings."""
        own = self.filter(site_id=site_id).values_list("time_zone", flat=True).first()
        return ZoneInfo(own or settings.TIME_ZONE)


class HandoffSettings(models.Model):
    """The rules that call a person, the office hours, and how much an operator gets; one row a site."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="handoff_settings", verbose_name=_("site"))
    words = models.JSONField(
        _("words that ask for a person"),
        default=default_words,
        blank=True,
        validators=[_check_words],
        help_text=_("A message with one of these words goes to a person. Empty turns the rule off."),
    )
    failed_answers = models.PositiveSmallIntegerField(
        _("failed answers in a row"),
        default=2,
        validators=[MaxValueValidator(10)],
        help_text=_("After so many answers that failed or did not help, a person is asked. 0 turns it off."),
    )
    lowest_score = models.FloatField(
        _("lowest score of a passage"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("A person is asked when the best passage found scores lower. Empty turns it off."),
    )
    lowest_sentiment = models.FloatField(
        _("lowest sentiment"),
        null=True,
        blank=True,
        default=-0.8,
        validators=[MinValueValidator(-1.0), MaxValueValidator(1.0)],
        help_text=_(
            "A person is asked when a message is felt to be worse, from -1 to 1. Empty turns the rule off."
        ),
    )
    sentiment_drop = models.FloatField(
        _("drop of the sentiment"),
        null=True,
        blank=True,
        default=1.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(2.0)],
        help_text=_(
            "A person is asked when the visitor's mood has fallen by so much. Empty turns the rule off."
        ),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[_check_time_zone])
    assign_automatically = models.BooleanField(
        _("assign automatically"), default=True, help_text=_("In turn, to operators who are there.")
    )
    capacity = models.PositiveSmallIntegerField(
        _("conversations at once for an operator"), default=4, validators=[MinValueValidator(1)]
    )

    objects = HandoffSettingsManager()

    class Meta:
        verbose_name = _("hand-off")
        verbose_name_plural = _("hand-off")

    def __str__(self) -> str:
        return str(self.site)

    @property
    def zone(self) -> ZoneInfo:
        """The office's clock."""
        return ZoneInfo(self.time_zone)

    def opens_at(self, now: datetime) -> datetime | None:
        """Return `now` when the office is open, else when it opens next.

        None when it does not open within two weeks. A site without office hours is always open.
        """
        times = list(self.opening_times.all()) if self.pk else []
        if not times:
            return now
        holidays = set(self.holidays.values_list("date", flat=True))
        zone = self.zone
        today = now.astimezone(zone).date()
        days = [today + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS)]
        spans = [
            time.on(day, zone) for day in days if day not in holidays for time in times if time.is_on(day)
        ]
        coming = [max(opens, now) for opens, closes in spans if closes > now]
        return min(coming, default=None)


class OpeningTime(models.Model):
    """A span of a weekday in which people answer."""

    settings = models.ForeignKey(HandoffSettings, models.CASCADE, related_name="opening_times")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("0:00 is the end of the day."))

    class Meta:
        verbose_name = _("office hours")
        verbose_name_plural = _("office hours")
        ordering = ["weekday", "opens"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        """Raise ValidationError when it closes before it opens; a night is two spans."""
        if self.opens and self.closes and self._closes_same_day and self.closes <= self.opens:
            raise ValidationError({"closes": _("It must close after it opens.")})

    @property
    def _closes_same_day(self) -> bool:
        return bool(self.closes.hour or self.closes.minute)

    def is_on(self, day: date) -> bool:
        """Tell whether the span lies on `day`."""
        return day.weekday() == self.weekday

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when it opens and closes on `day`, as moments."""
        last = day if self._closes_same_day else day + timedelta(days=1)
        return datetime.combine(day, self.opens, zone), datetime.combine(last, self.closes, zone)


class Holiday(models.Model):
    """A day on which nobody answers."""

    settings = models.ForeignKey(HandoffSettings, models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["settings", "date"], name="holiday_once_a_site")]

    def __str__(self) -> str:
        return f"{self.date} {self.name}".strip()
