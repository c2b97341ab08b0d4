"""Whether a site lets its conversations be learnt from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class ConversationConsentQuerySet(models.QuerySet["ConversationConsent"]):
    def sites(self) -> "models.QuerySet[Site]":
        """Return the sites whose conversations may go into data sets."""
        return Site.objects.filter(pk__in=self.filter(allows_data_sets=True).values("site"))


class ConversationConsent(models.Model):
    """Whether conversations of a site may go into data sets; a site without a row lets nothing out."""

    site = models.OneToOneField(
        Site, models.CASCADE, related_name="conversation_consent", verbose_name=_("site")
    )
    allows_data_sets = models.BooleanField(
        _("conversations may go into data sets"),
        default=False,
        help_text=_(
            "Conversations that went well are then masked and may train the models that all sites of this "
            "installation share. Taken back, nothing new is made of them, and no training begins any more "
            "from a version of a data set that holds them."
        ),
    )

    objects = ConversationConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of conversations")
        verbose_name_plural = _("use of conversations")

    def __str__(self) -> str:
        return str(self.site)
