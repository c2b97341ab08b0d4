"""Replies that operators need again and again."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class CannedReply(models.Model):
    """A text of one site that an operator brings into the reply box by its shortcut."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="canned_replies", verbose_name=_("site"))
    shortcut = models.CharField(
        _("shortcut"),
        max_length=40,
        validators=[RegexValidator(r"^[\w-]+\Z", _("Use letters, digits and hyphens only."))],
        help_text=_("Typed after a / in the reply box."),
    )
    text = models.TextField(
        _("text"),
        max_length=4000,
        help_text=_(
            "{{visitor.name}}, {{operator.name}} and {{site.name}} are filled in when the reply is chosen."
        ),
    )

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["shortcut"]
        constraints = [models.UniqueConstraint(fields=["site", "shortcut"], name="shortcut_once_a_site")]

    def __str__(self) -> str:
        return f"/{self.shortcut}"
