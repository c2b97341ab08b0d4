"""People who work with Parley."""

from django.contrib.auth.models import AbstractUser
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff; visitors are not users."""

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    @cached_property
    def roles(self) -> dict[int, str]:
        """The person's role by site id, read once for this object, and so once a request."""
        return dict(self.memberships.values_list("site_id", "role"))
