"""Where a site's knowledge comes from."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id


class Source(models.Model):
    """A set of curated answers, a typed text, uploaded files, or an address with what it leads to."""

    class Kind(models.TextChoices):
        ANSWERS = "answers", _("Questions and answers")
        TEXT = "text", _("Text")
        FILE = "file", _("Files")
        PAGE = "page", _("One web page")
        SITEMAP = "sitemap", _("The pages of a sitemap")
        CRAWL = "crawl", _("A web page and those that it links to")

    class Refresh(models.TextChoices):
        NEVER = "never", _("Only when asked to")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="sources", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=120)
    url = models.CharField(_("address"), max_length=500, blank=True)
    max_depth = models.PositiveSmallIntegerField(
        _("depth"), default=2, validators=[MaxValueValidator(10)], help_text=_("How many links away.")
    )
    max_pages = models.PositiveIntegerField(
        _("pages at most"), default=200, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    refresh = models.CharField(_("refresh"), max_length=10, choices=Refresh, default=Refresh.NEVER)
    refresh_at = models.DateTimeField(_("next refresh"), null=True, blank=True, editable=False)
    is_enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("What is not enabled is kept and not searched.")
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source of knowledge")
        verbose_name_plural = _("sources of knowledge")
        ordering = ["site", "name"]

    def __str__(self) -> str:
        return self.name
