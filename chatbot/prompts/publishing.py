"""Giving versions to visitors: publishing, publishing again, and splits."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Site, User
from chatbot.prompts.gate import NotProven, Verdict, verdict_on
from chatbot.prompts.models.splits import Split, SplitArm
from chatbot.prompts.models.versions import PromptVersion

# So many failed cases are named in the record, and the rest counted.
_NAMED = 20
State = PromptVersion.State


def publish(
    version: PromptVersion, *, by: User | None = None, network: str = "", override: bool = False
) -> bool:
    """Give `version` to all visitors of its language from their next question on; tell whether it was news.

    What was in use before is replaced, or rolled back where this is an older version; a split that runs ends
    without a winner. A person's act is recorded, and an override with what stood against it. Raises NotProven
    where the site's test cases stand against it and `override` is not set.
    """
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=version.site_id)
        live = list(PromptVersion.objects.live(version.site, version.language))
        if [other.pk for other in live] == [version.pk]:
            return False
        verdict = verdict_on(version)
        if not verdict.is_free and not override:
            raise NotProven(version, verdict)
        again = version.published_at is not None
        _end_splits(version.site, version.language)
        for other in live:
            older = again and other.number > version.number
            _leave(other, State.ROLLED_BACK if older else State.REPLACED)
        _enter(version)
        if by is not None:
            kind = "prompt.published_again" if again else "prompt.published"
            record(kind, by=by, site=version.site, about=version, network=network, version=version.number)
            record_override(version, verdict, by=by, network=network)
        return True


def record_override(
    version: PromptVersion, verdict: Verdict, *, by: User | None, network: str = "", key: str = ""
) -> None:
    """Record what the site's cases said of a version that was published all the same, if anything."""
    if not verdict.is_free:
        record(
            "prompt.overridden",
            by=by,
            site=version.site,
            about=version,
            network=network,
            version=version.number,
            key=key,
            was_run=verdict.run is not None,
            failed=len(verdict.failed),
            cases=list(verdict.failed[:_NAMED]),
        )


def start_split(
    split: Split,
    weights: Mapping[PromptVersion, int],
    *,
    by: User | None = None,
    network: str = "",
    override: bool = False,
) -> Split:
    """Store the unsaved `split` and give each version its share of the conversations from now on.

    Raises ValidationError for fewer than two versions, for versions of another site or language, and while
    another split runs there; NotProven for a version not yet in use that the site's cases stand against,
    unless `override` is set.
    """
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=split.site_id)
        split.check_arms(weights)
        verdicts = {version: verdict_on(version) for version in weights if not version.is_live}
        for version, verdict in verdicts.items():
            if not verdict.is_free and not override:
                raise NotProven(version, verdict)
        split.save(force_insert=True)
        for other in PromptVersion.objects.live(split.site, split.language):
            if other not in weights:
                _leave(other, State.REPLACED)
        for version, weight in weights.items():
            SplitArm.objects.create(split=split, version=version, weight=weight)
            _enter(version)
        if by is not None:
            arms = [f"{version.number}: {weight}" for version, weight in weights.items()]
            record("prompt.split_started", by=by, site=split.site, about=split, network=network, arms=arms)
            for version, verdict in verdicts.items():
                record_override(version, verdict, by=by, network=network)
    return split


def end_split(split: Split, winner: PromptVersion, *, by: User | None = None, network: str = "") -> None:
    """Let `winner`, one of the arms, answer alone. Raises ValidationError if it is none, or all is over."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=split.site_id)
        open_one = Split.objects.open().filter(pk=split.pk).first()
        arms = [arm.version for arm in split.arms.select_related("version")]
        if open_one is None:
            raise ValidationError(_("This split has ended already."))
        if winner not in arms:
            raise ValidationError(_("Choose one of the versions of this split."))
        for version in arms:
            if version != winner:
                _leave(version, State.REPLACED)
        split.ended_at, split.winner = timezone.now(), winner
        split.save(update_fields=["ended_at", "winner"])
        if by is not None:
            record(
                "prompt.split_ended",
                by=by,
                site=split.site,
                about=split,
                network=network,
                version=winner.number,
            )


def _end_splits(site: Site, language: str) -> None:
    Split.objects.open().filter(site=site, language=language).update(ended_at=timezone.now())


def _leave(version: PromptVersion, state: PromptVersion.State) -> None:
    version.state = state
    version.save(update_fields=["state"])


def _enter(version: PromptVersion) -> None:
    version.state, version.published_at = State.PUBLISHED, timezone.now()
    version.save(update_fields=["state", "published_at"])
