"""Who is told of a site's alerts, and how."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.analytics.models.recipients import MailsPeople
from chatbot.checked_connections import AddressRefused
from chatbot.outbound_http import URL_MAX_CHARACTERS, check_url


class WatchSettings(MailsPeople):
    """One row a site; the worker makes it when it looks at the site for the first time.

    The secret that signs is derived from SECRET_KEY, so that the database alone signs nothing.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.OneToOneField(Site, models.CASCADE, related_name="watch_settings", verbose_name=_("site"))
    is_enabled = models.BooleanField(_("watch this site"), default=True)
    sends_mail = models.BooleanField(_("tell by mail"), default=True)
    webhook_url = models.CharField(
        _("webhook"),
        max_length=URL_MAX_CHARACTERS,
        blank=True,
        help_text=_("An address that is told too, like https://example.com/hook"),
    )
    secret_number = models.PositiveIntegerField(default=1, editable=False)
    # When a worker looked last; whoever moves it on is the one that looks.
    looked_at = models.DateTimeField(null=True, editable=False)
    # When people were told last.
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("notification about alerts")
        verbose_name_plural = _("notifications about alerts")
        ordering = ["site"]

    def __str__(self) -> str:
        return str(self.site)

    def clean(self) -> None:
        """Raise ValidationError for an address that can never be sent to."""
        if self.webhook_url:
            try:
                check_url(self.webhook_url)
            except AddressRefused as refusal:
                raise ValidationError({"webhook_url": str(refusal)}) from refusal

    @property
    def secret(self) -> str:
        """What signs the webhook's requests, known to the receiver too."""
        value = f"{self.public_id}:{self.secret_number}"
        return "whsec_" + salted_hmac("parley.alerts", value, algorithm="sha256").hexdigest()
