"""What a site tells its assistant to be; every change is a new version."""

from typing import Self

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import Site, User

DEFAULT_PROMPT = (
    "You are the customer service assistant of {site}. Answer in the language of the question, "
    "in a friendly tone and in a few short sentences. If you do not know something, say so."
)


class PromptVersionQuerySet(models.QuerySet["PromptVersion"]):
    def current(self, site: Site) -> "PromptVersion":
        """Return the site's newest version, written from the default where there is none yet."""
        newest = self.filter(site=site).order_by("-number").first() or self.write(site, DEFAULT_PROMPT)
        newest.site = site
        return newest

    def with_currency(self) -> Self:
        """Annotate `is_current`: whether the site has no newer version."""
        newer = PromptVersion.objects.filter(site=OuterRef("site"), number__gt=OuterRef("number"))
        return self.annotate(is_current=~Exists(newer))

    def write(self, site: Site, text: str, author: User | None = None, network: str = "") -> "PromptVersion":
        """Return `text` as the site's current version; a new one only when it differs.

        A new version of a person is recorded, as coming from `network`; the built-in prompt is nobody's act.
        """
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            newest = self.filter(site=site).order_by("-number").first()
            if newest is not None and newest.text == text:
                return newest
            number = newest.number + 1 if newest else 1
            version = self.create(site=site, number=number, text=text, author=author)
            if author is not None:
                record(
                    "prompt.published", by=author, site=site, about=version, network=network, version=number
                )
            return version


class PromptVersion(models.Model):
    """One immutable version of a site's prompt; answers refer to it in their trace."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="prompt_versions", verbose_name=_("site"))
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(
        _("prompt"), max_length=20_000, help_text=_("“{site}” stands for the site's name.")
    )
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = PromptVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompt versions")
        ordering = ["site", "-number"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="prompt_number_per_site")]

    def __str__(self) -> str:
        return f"{self.site} · {self.number}"

    def render(self) -> str:
        """Return the text with the site's name put in for `{site}`."""
        return self.text.replace("{site}", self.site.name)
