"""Keys with which programs use a site's data."""

import secrets
from datetime import timedelta
from hmac import compare_digest

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.digests import digest_of
from accounts.models.people import User
from accounts.models.sites import Site

# Every request of a busy program would write the same row otherwise.
_USE_NOTED_EVERY = timedelta(minutes=1)


class UnknownKey(Exception):
    """No site has made this key."""


class RevokedKey(Exception):
    """Somebody has taken the key back."""


class ExpiredKey(Exception):
    """The key's time is over."""


def new_prefix() -> str:
    """Return what names a key in lists and finds it in the database; it is no secret."""
    return secrets.token_hex(6)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def for_token(self, token: str) -> "ApiKey":
        """Return the key, with its site, whose token this is.

        Raises UnknownKey, RevokedKey or ExpiredKey. Only who holds the whole token learns that a key was
        revoked or has expired.
        """
        beginning, _separator, secret = token.rpartition("_")
        prefix = beginning.removeprefix(ApiKey.BEGINNING)
        # The database refuses NUL, and there is nothing to look for unless the shape is right.
        if not (beginning.startswith(ApiKey.BEGINNING) and prefix.isalnum() and prefix.isascii()):
            raise UnknownKey
        key = self.select_related("site").filter(prefix=prefix).first()
        if key is None or not compare_digest(key.digest, digest_of(secret)):
            raise UnknownKey
        if key.revoked_at is not None:
            raise RevokedKey
        if key.has_expired():
            raise ExpiredKey
        return key


class ApiKey(models.Model):
    """A program's permission on one site, within its scopes; only a digest of the secret is kept."""

    class Scope(models.TextChoices):
        READ_CONVERSATIONS = "conversations:read", _("Read conversations")
        WRITE_CONVERSATIONS = "conversations:write", _("Answer and close conversations")
        READ_VISITORS = "visitors:read", _("List visitors")
        WRITE_VISITORS = "visitors:write", _("Erase visitors")
        READ_PROMPTS = "prompts:read", _("Read prompts")
        WRITE_PROMPTS = "prompts:write", _("Publish prompts")
        READ_KNOWLEDGE = "knowledge:read", _("Read knowledge")
        WRITE_KNOWLEDGE = "knowledge:write", _("Change knowledge")
        READ_ANALYTICS = "analytics:read", _("Read analytics")

    BEGINNING = "pk_"

    site = models.ForeignKey(Site, models.CASCADE, related_name="api_keys", verbose_name=_("site"))
    name = models.CharField(
        _("name"), max_length=80, help_text=_("What uses this key, so that you know it again.")
    )
    prefix = models.CharField(_("key"), max_length=12, unique=True, default=new_prefix, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    made_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(
        _("expires"), null=True, blank=True, help_text=_("Empty means that it never expires.")
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.BEGINNING}{self.prefix})"

    def new_token(self) -> str:
        """Give the key a new secret and return the token that holds it. Save the key afterwards.

        Nobody can read the token again. It is `pk_`, the prefix, `_` and 256 random bits in base 16.
        """
        secret = secrets.token_hex(32)
        self.digest = digest_of(secret)
        return f"{self.BEGINNING}{self.prefix}_{secret}"

    def has_expired(self) -> bool:
        """Tell whether the key's time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def allows(self, scope: str) -> bool:
        """Tell whether the key may be used for what `scope` names."""
        return scope in self.scopes

    def note_use(self) -> None:
        """Remember that the key was used just now, to the minute."""
        now = timezone.now()
        if self.last_used_at is None or self.last_used_at <= now - _USE_NOTED_EVERY:
            unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
            ApiKey.objects.filter(unnoted, pk=self.pk).update(last_used_at=now)

    def revoke(self) -> bool:
        """Take the key back for good, from the next request on; return whether it was not yet."""
        taken = ApiKey.objects.filter(pk=self.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        self.refresh_from_db(fields=["revoked_at"])
        return bool(taken)
