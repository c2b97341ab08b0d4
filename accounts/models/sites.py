"""Sites, and the roles that people have on them."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.changes import access_changed
from accounts.models.people import User
from accounts.origins import normalise_origin
from accounts.public_ids import new_public_id


class SiteQuerySet(models.QuerySet["Site"]):
    def for_key(self, key: str) -> "Site":
        """Return the site with this public key; raises Site.DoesNotExist."""
        return self.get(public_key=key)

    def for_user(self, user: User, *roles: "Membership.Role") -> Self:
        """Return the sites where `user` has one of `roles`, or any role when none is given."""
        if user.is_superuser and user.is_active:
            return self
        memberships = Membership.objects.filter(user_id=user.pk, user__is_active=True)
        if roles:
            memberships = memberships.filter(role__in=roles)
        return self.filter(pk__in=memberships.values("site"))


class Site(models.Model):
    """One company web site and tenant."""

    class Language(models.TextChoices):
        AUTO = "auto", _("The visitor's browser decides")
        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "简体中文"

    name = models.CharField(_("name"), max_length=80)
    public_key = models.CharField(
        _("public key"),
        max_length=64,
        unique=True,
        default=new_public_id,
        validators=[RegexValidator(r"^[a-z0-9-]+\Z", _("Use small letters, digits and hyphens only."))],
        help_text=_("Stands in the script tag. It names the site and is no secret."),
    )
    allowed_origins = models.JSONField(
        _("allowed origins"),
        default=list,
        blank=True,
        help_text=_("Web sites that may show this widget, like https://www.example.com. Empty means none."),
    )
    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#3451d1",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour like #3451d1."))],
    )
    greeting = models.CharField(
        _("greeting"),
        max_length=300,
        blank=True,
        help_text=_("The first thing a visitor reads. Empty means the built-in greeting in their language."),
    )
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.AUTO)
    requires_two_factor = models.BooleanField(
        _("requires two factors"),
        default=False,
        help_text=_("Whoever works for this site must set up an authenticator app or a passkey first."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *arguments: Any, **options: Any) -> None:
        """Store the site and have its people's sockets closed, who may owe a second factor from now on."""
        super().save(*arguments, **options)
        self._access_changed()

    @transaction.atomic
    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the site with all that belongs to it, and have its people's sockets closed."""
        self._access_changed()
        return super().delete(*arguments, **options)

    def _access_changed(self) -> None:
        for person_id in self.memberships.values_list("user_id", flat=True):
            access_changed(person_id)

    def clean(self) -> None:
        """Bring the allowed origins into their one form; raise ValidationError for anything else."""
        origins: Any = self.allowed_origins
        if not isinstance(origins, list) or not all(isinstance(item, str) for item in origins):
            raise ValidationError({"allowed_origins": _("Write a list of origins.")})
        try:
            self.allowed_origins = list(
                dict.fromkeys(normalise_origin(item) for item in origins if item.strip())
            )
        except ValidationError as error:
            raise ValidationError({"allowed_origins": error.messages}) from error


class Membership(models.Model):
    """One person's role on one site."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        OPERATOR = "operator", _("Operator")
        VIEWER = "viewer", _("Viewer")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    site = models.ForeignKey(Site, models.CASCADE, related_name="memberships", verbose_name=_("site"))
    role = models.CharField(_("role"), max_length=10, choices=Role)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="one_role_per_person_and_site")]

    def __str__(self) -> str:
        return f"{self.user} · {self.site} · {self.get_role_display()}"

    def save(self, *arguments: Any, **options: Any) -> None:
        """Store the role and have the person's sockets closed."""
        super().save(*arguments, **options)
        access_changed(self.user_id)

    @transaction.atomic
    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Take the role away and have the person's sockets closed."""
        access_changed(self.user_id)
        return super().delete(*arguments, **options)
