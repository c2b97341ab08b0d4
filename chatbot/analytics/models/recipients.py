"""Who gets mail of a site: people by their roles, and addresses."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Site, User

MOST_ADDRESSES = 50


def owners() -> list[str]:
    """Return the roles that get mail where nothing else is chosen."""
    return [Membership.Role.OWNER.value]


def _check_roles(roles: object) -> None:
    if not isinstance(roles, list) or not set(roles) <= set(Membership.Role.values):
        raise ValidationError(_("Choose roles."))


def _check_addresses(addresses: object) -> None:
    if not isinstance(addresses, list) or len(addresses) > MOST_ADDRESSES:
        raise ValidationError(_("Write up to %(number)d addresses.") % {"number": MOST_ADDRESSES})
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError(_("“%(text)s” is no e-mail address.") % {"text": address}) from None


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address, and the language in which it is written to."""

    address: str
    language: str


class MailsPeople(models.Model):
    """Base of a site's settings that say who gets mail, and in which language."""

    class Language(models.TextChoices):
        SITE = "", _("As the site")
        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "简体中文"

    roles = models.JSONField(_("people with the role"), default=owners, blank=True, validators=[_check_roles])
    addresses = models.JSONField(
        _("other addresses"),
        default=list,
        blank=True,
        validators=[_check_addresses],
        help_text=_("One e-mail address a line."),
    )
    language = models.CharField(
        _("language of the mails"), max_length=10, choices=Language, default=Language.SITE, blank=True
    )

    site: Any

    class Meta:
        abstract = True

    @property
    def mail_language(self) -> str:
        """The language of its mails; the installation's for a site that leaves it to browsers."""
        if self.language:
            return self.language
        chosen: str = self.site.language
        return settings.LANGUAGE_CODE if chosen == Site.Language.AUTO else chosen

    def recipients(self) -> list[Recipient]:
        """Return who gets mail, each address once: active people with an address, and the other addresses."""
        people = User.objects.filter(
            memberships__site=self.site, memberships__role__in=self.roles, is_active=True
        ).exclude(email="")
        found = [*people.order_by("pk").values_list("email", flat=True), *self.addresses]
        once = {address.lower(): address for address in reversed(found)}
        return [Recipient(address, self.mail_language) for address in reversed(once.values())]
