"""Questions that got no answer, and need none any more."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from chatbot.conversations.models import Message


class SettledQuestion(models.Model):
    """A visitor's question that leaves the list of unanswered ones: it was answered since, or set aside.

    What is set aside takes later questions of the same meaning along; a question that is asked again after an
    answer was added, and still gets none, comes back.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name=_("site"))
    message = models.OneToOneField(
        Message, models.CASCADE, related_name="settled", verbose_name=_("question")
    )
    is_answered = models.BooleanField(_("answered"), default=False)
    settled_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("settled question")
        verbose_name_plural = _("settled questions")
        indexes = [models.Index(fields=["site", "-created_at"])]

    def __str__(self) -> str:
        return str(self.message)
