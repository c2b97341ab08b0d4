"""Takes a canary back that is worse than the active version by more than the margins, and tells people."""

import logging

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.analytics.alerts.taken_back import announce_taken_back
from chatbot.workshop.canary.comparing import Comparison, Finding, Row, compare
from chatbot.workshop.models import RolloutSettings
from inference.models import LanguageModelVersion, ModelKind

logger = logging.getLogger(__name__)

# The record is read by people of many languages, and is written in one.
_WRITTEN_IN = "en"


def look() -> bool:
    """Look at the canary once; return whether it was taken back."""
    limits = RolloutSettings.load()
    canary = LanguageModelVersion.objects.canary(ModelKind.LANGUAGE)
    active = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    if not limits.is_watched or canary is None or active is None:
        return False
    with translation.override(_WRITTEN_IN):
        row = worst(compare(canary, active, limits.least_conversations), limits)
        if row is None or row.canary is None or row.active is None:
            return False
        reason = _("%(figure)s: %(canary)s, active version %(active)s") % {
            "figure": row.label,
            "canary": _shown(row, row.canary),
            "active": _shown(row, row.active),
        }
    with transaction.atomic():
        if not canary.stop_canary(reason):
            return False
        announce_taken_back(
            canary.display_name, row.name, row.canary, row.active, conversations=row.counts[0]
        )
    logger.warning("The canary %s was taken back: %s", canary, reason)
    return True


def worst(comparison: Comparison, limits: RolloutSettings) -> Row | None:
    """Return the first figure by which the canary is worse by more than its margin, None where none is."""
    margins = {
        "failed": limits.failed_margin / 100,
        "handed_over": limits.handed_over_margin / 100,
        "unhelpful": limits.unhelpful_margin / 100,
    }
    for row in comparison.rows:
        if row.finding is not Finding.WORSE or row.gap is None:
            continue
        if row.name == "first_token":
            margin = (row.active or 0.0) * limits.first_token_margin / 100
        elif row.name in margins:
            margin = margins[row.name]
        else:
            continue
        if row.gap.value > margin:
            return row
    return None


def _shown(row: Row, value: float) -> str:
    return f"{100 * value:.1f} %" if row.is_share else f"{value:.0f} ms"
