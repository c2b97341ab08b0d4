"""What people say of examples when they label them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatbot.analytics.models import SentimentLabel
from chatbot.workshop.models.examples import Example, Readable


class Judgement(models.Model):
    """One person's word on one example, or the last word on one that two people judged otherwise."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", _("Accept")
        EDIT = "edit", _("Edit")
        REJECT = "reject", _("Reject")

    example = models.ForeignKey(Example, models.CASCADE, related_name="judgements", verbose_name=_("example"))
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("labelled by")
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    # The messages as the person wrote them, None unless the verdict is to edit.
    messages = models.JSONField(null=True, editable=False, encoder=Readable)
    sentiment = models.CharField(_("sentiment"), max_length=10, choices=SentimentLabel, blank=True)
    intent = models.CharField(_("intent"), max_length=60, blank=True)
    # It resolves a dispute, and does not count for the agreement.
    is_last_word = models.BooleanField(_("last word"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("judgement")
        verbose_name_plural = _("judgements")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["example", "by", "is_last_word"], name="one_judgement_per_person"
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_verdict_display())
