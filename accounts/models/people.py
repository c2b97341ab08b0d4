"""People who work with Parley."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.changes import access_changed

# What a session or a socket of a person hangs on.
_ACCESS_FIELDS = {"password", "is_active", "is_superuser"}


class User(AbstractUser):
    """A member of staff; visitors are not users."""

    # The half minute of the last code that the person's authenticator app was believed for.
    last_code_step = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def save(self, *arguments: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        """Store the person, and have the person's sockets closed unless only other fields are stored."""
        super().save(*arguments, update_fields=update_fields, **options)
        if update_fields is None or _ACCESS_FIELDS & set(update_fields):
            access_changed(self.pk)

    @transaction.atomic
    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the person and have the person's sockets closed."""
        # Until the end nothing new may refer to the person, such as the next beat of an open socket.
        list(User.objects.select_for_update().filter(pk=self.pk))
        access_changed(self.pk)
        return super().delete(*arguments, **options)

    @cached_property
    def roles(self) -> dict[int, str]:
        """The person's role by site id, read once for this object, and so once a request."""
        return {site_id: role for site_id, role, _required in self._memberships}

    @cached_property
    def owes_second_factor(self) -> bool:
        """Whether a site that the person works for requires two factors and the person has set up none.

        Superusers work for every site.
        """
        if self.is_superuser:
            required = self._all_sites().filter(requires_two_factor=True).exists()
        else:
            required = any(required for _site_id, _role, required in self._memberships)
        return required and not self.has_second_factor

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether the person has an authenticator app or a passkey; recovery codes alone are none."""
        authenticators = self._meta.apps.get_model("mfa", "Authenticator").objects
        return authenticators.filter(user=self).exclude(type="recovery_codes").exists()

    @cached_property
    def _memberships(self) -> list[tuple[int, str, bool]]:
        return list(self.memberships.values_list("site_id", "role", "site__requires_two_factor"))

    def _all_sites(self) -> Any:
        return self._meta.apps.get_model("accounts", "Site").objects.all()
