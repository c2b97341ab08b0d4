"""Invitations: a secret link that gives one person one role on one site, once."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.digests import digest_of
from accounts.models.people import User
from accounts.models.sites import Membership, Site


class InvitationRefused(Exception):
    """The invitation cannot be used; `sentence` says why, to whoever holds its secret."""

    def __init__(self, sentence: "str | Promise") -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def invite(self, site: Site, email: str, role: str, by: User) -> "tuple[Invitation, str]":
        """Return a new invitation and its secret, which is stored by its digest only."""
        secret = secrets.token_urlsafe(32)
        invitation = self.create(
            site=site,
            email=email,
            role=role,
            invited_by=by,
            digest=digest_of(secret),
            expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        )
        return invitation, secret

    def open_for(self, secret: str) -> "Invitation":
        """Return the invitation with this secret; raises InvitationRefused unless it can still be used."""
        return self.open_for_digest(digest_of(secret))

    def open_for_digest(self, digest: str) -> "Invitation":
        """Return the invitation with this digest; raises InvitationRefused unless it can still be used."""
        invitation = self.select_related("site").filter(digest=digest).first()
        if invitation is None:
            raise InvitationRefused(_("This invitation is not known. Please use the whole link."))
        invitation.check_open()
        return invitation


class Invitation(models.Model):
    """Somebody asked to work for a site, who may not have an account yet."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="invitations", verbose_name=_("site"))
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="invitations_made", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="invitations_accepted",
        verbose_name=_("accepted by"),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.email} · {self.site} · {self.get_role_display()}"

    @property
    def is_open(self) -> bool:
        """Whether the invitation can still be used."""
        return not (self.accepted_at or self.revoked_at or self.expires_at <= timezone.now())

    def check_open(self) -> None:
        """Raise InvitationRefused unless the invitation can still be used."""
        if self.accepted_at:
            raise InvitationRefused(_("This invitation has been used already. Please sign in."))
        if self.revoked_at:
            raise InvitationRefused(_("This invitation was taken back. Please ask for a new one."))
        if self.expires_at <= timezone.now():
            raise InvitationRefused(_("This invitation has expired. Please ask for a new one."))
        if not self._inviter_still_may():
            raise InvitationRefused(_("This invitation was taken back. Please ask for a new one."))

    def _inviter_still_may(self) -> bool:
        """Whether who invited still could: nobody shall come back by a link made before they had to go."""
        inviter = self.invited_by
        if inviter is None or not inviter.is_active:
            return False
        return inviter.is_superuser or inviter.roles.get(self.site_id) == Membership.Role.OWNER

    def accept_as(self, person: User) -> Membership:
        """Give `person` the role; raises InvitationRefused, also when they work for the site already.

        Of two that accept at the same time one is refused.
        """
        with transaction.atomic():
            invitation = Invitation.objects.select_for_update().get(pk=self.pk)
            invitation.check_open()
            invitation.accepted_at = timezone.now()
            invitation.accepted_by = person
            invitation.save(update_fields=["accepted_at", "accepted_by"])
            membership, is_new = Membership.objects.get_or_create(
                user=person, site_id=self.site_id, defaults={"role": self.role}
            )
            if not is_new:
                raise InvitationRefused(_("You work for this site already. An owner can change your role."))
        return membership

    def revoke(self) -> None:
        """Take the invitation back; raises InvitationRefused when it is not open any more."""
        with transaction.atomic():
            invitation = Invitation.objects.select_for_update().get(pk=self.pk)
            invitation.check_open()
            invitation.revoked_at = timezone.now()
            invitation.save(update_fields=["revoked_at"])
