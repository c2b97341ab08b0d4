"""Telling people that a version of the language model was taken back, by the same ways as of alerts."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chatbot.analytics.alerts.announcing import dispatches_of
from chatbot.analytics.mail_style import mail_style
from chatbot.analytics.models import Dispatch, Notice, WatchSettings

KIND = "model.taken_back"


def announce_taken_back(
    version: str, figure: str, canary: float, active: float, *, conversations: int
) -> list[Notice]:
    """Queue a notice for everybody who is told of the alerts of any site.

    `figure` names what was worse: “failed”, “handed_over” and “unhelpful” are shares of 1, “first_token” is
    in milliseconds. Call it in the transaction that takes the version back.
    """
    words = {
        "version": version,
        "figure": figure,
        "canary": canary,
        "active": active,
        "conversations": conversations,
    }
    notices = []
    for watch in WatchSettings.objects.filter(is_enabled=True).select_related("site"):
        notice = Notice.objects.create(site=watch.site, created_at=timezone.now(), taken_back=words)
        Dispatch.objects.bulk_create(dispatches_of(watch, notice))
        notices.append(notice)
    return notices


def as_mail(dispatch: Dispatch, words: dict[str, Any]) -> EmailMultiAlternatives:
    """Return the mail that tells it, as text and as HTML, in the reader's language."""
    language = dispatch.language or settings.LANGUAGE_CODE
    with translation.override(language):
        subject = _("%(version)s was taken back") % words
        context = {
            "subject": subject,
            "sentence": sentence(words),
            "link": settings.PUBLIC_URL + reverse("admin:inference_languagemodelversion_changelist"),
            "language": language,
            "style": mail_style(),
            "site": dispatch.site,
        }
        mail = EmailMultiAlternatives(
            subject,
            render_to_string("analytics/mail/taken_back.txt", context),
            None,
            [dispatch.address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("analytics/mail/taken_back.html", context), "text/html")
    return mail


def sentence(words: dict[str, Any]) -> str:
    """Say what was worse, and that visitors go on with the active version."""
    shares = {
        "failed": _("conversations with a failed answer"),
        "handed_over": _("conversations in which a person was asked for"),
        "unhelpful": _("rated conversations with a thumbs-down"),
    }
    if words["figure"] in shares:
        what = shares[words["figure"]]
        canary, active = (f"{100 * words[name]:.1f} %" for name in ("canary", "active"))
    else:
        what = _("time to the first token")
        canary, active = (f"{words[name]:.0f} ms" for name in ("canary", "active"))
    told = _(
        "The language model %(version)s, which answered a share of new conversations, was worse than the "
        "active version: %(what)s %(canary)s, and %(active)s for the active one. It was taken back, and its "
        "conversations go on with the active version."
    )
    return told % {"version": words["version"], "what": what, "canary": canary, "active": active}
