"""The record of privileged acts: a chain of entries, each of which holds the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.action_types import UnknownKind, action_type_of
from accounts.models.people import User
from accounts.models.sites import Site

FIRST_PREVIOUS_HASH = "0" * 64


class AuditEntry(models.Model):
    """One privileged act. Triggers in the database refuse to delete it or to change it.

    The hash covers everything that is kept for good, and of the personal part only a salted digest. So the
    personal part can be erased, which is the one change that the triggers allow, and the chain still
    verifies; without the salt nobody finds an erased name or address by trying.

    People and sites are deleted without a trace here: their numbers stay, and no constraint ties them.
    """

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    when = models.DateTimeField(_("when"), db_index=True)
    kind = models.CharField(_("kind of act"), max_length=60)
    actor = models.ForeignKey(
        User,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("person"),
    )
    site = models.ForeignKey(
        Site,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("site"),
    )
    site_name = models.CharField(_("site"), max_length=80, blank=True)
    about_type = models.CharField(_("type of what it was about"), max_length=100, blank=True)
    about_id = models.CharField(_("id of what it was about"), max_length=64, blank=True)
    data = models.JSONField(_("details"), default=dict)

    actor_name = models.CharField(_("person"), max_length=150, blank=True)
    about_name = models.CharField(_("about"), max_length=200, blank=True)
    network = models.CharField(_("network"), max_length=50, blank=True)
    personal = models.JSONField(_("personal details"), default=dict)
    salt = models.CharField(max_length=32, blank=True)

    personal_digest = models.CharField(max_length=64)
    previous_hash = models.CharField(_("hash of the entry before"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["site", "-number"], name="audit_of_site"),
            models.Index(fields=["actor", "-number"], name="audit_of_actor"),
            models.Index(fields=["about_type", "about_id"], name="audit_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.kind}"

    @property
    def all_data(self) -> dict[str, Any]:
        """The details of the act, with the personal ones as long as they are not erased."""
        return {**self.data, **self.personal}

    @property
    def is_scrubbed(self) -> bool:
        return not self.salt

    def describe(self) -> str:
        """Return one sentence in the reader's language, or the bare kind when its app is gone."""
        try:
            return action_type_of(self.kind).describe(self)
        except UnknownKind:
            return self.kind

    def digest_personal(self) -> str:
        """Return the digest that `personal_digest` must be while the personal part is there."""
        return _digest([self.salt, self.actor_name, self.about_name, self.network, self.personal])

    def digest(self) -> str:
        """Return the hash that `hash` must be."""
        return _digest(
            [
                self.number,
                self.when.astimezone(UTC).isoformat(timespec="microseconds"),
                self.kind,
                self.actor_id,
                self.site_id,
                self.site_name,
                self.about_type,
                self.about_id,
                self.data,
                self.personal_digest,
                self.previous_hash,
            ]
        )


class AuditHead(models.Model):
    """The single row that says where the chain ends; whoever appends locks it, so that it never forks."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=FIRST_PREVIOUS_HASH)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_audit_head")]

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def _digest(values: list[Any]) -> str:
    """Return 64 hexadecimal digits for `values`, whichever order the database gives a JSON object's keys."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
