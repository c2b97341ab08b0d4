"""Choosing the head that scores visitors' messages: a new one past the gate, or an earlier one again."""

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from chatbot.analytics.labelling.gate import verdict_on
from chatbot.analytics.models import TrainingRun
from inference.gates import NotBetter
from inference.models import LanguageModelVersion, lock_models

_REASON_CHARACTERS = 500
_NAMED = 10


def activate(head: LanguageModelVersion, *, by: User | None, network: str = "", override: str = "") -> bool:
    """Let `head` score from the next message on; tell whether that was news.

    Raises NotBetter where the gate stands against it, unless `override` gives a reason: that goes on the
    record, with what stood against it.
    """
    with transaction.atomic():
        lock_models(head.kind)
        if LanguageModelVersion.objects.filter(pk=head.pk, state="active").exists():
            return False
        verdict = verdict_on(head)
        reason = override.strip()[:_REASON_CHARACTERS]
        if not verdict.is_free and not reason:
            raise NotBetter(verdict)
        head.activate(by=by, network=network)
        TrainingRun.objects.filter(head=head, activated_at=None).update(activated_at=timezone.now())
        if not verdict.is_free:
            record(
                "sentiment.gate_overridden",
                by=by,
                about=head,
                network=network,
                reason=reason,
                against=verdict.unmet[:_NAMED],
            )
    return True
