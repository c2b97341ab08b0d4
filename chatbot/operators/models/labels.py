"""Labels, by which a site sorts its conversations."""

from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.conversations import recounting
from chatbot.conversations.models import Conversation


class LabelQuerySet(models.QuerySet["Label"]):
    @transaction.atomic
    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the labels, and have the days of the conversations counted that carried them."""
        recounting.mark(Conversation.objects.filter(labels__in=self))
        return super().delete()


class Label(models.Model):
    """A word that operators put on conversations of one site."""

    class Colour(models.TextChoices):
        GREY = "grey", _("Grey")
        BLUE = "blue", _("Blue")
        GREEN = "green", _("Green")
        YELLOW = "yellow", _("Yellow")
        RED = "red", _("Red")

    site = models.ForeignKey(Site, models.CASCADE, related_name="labels", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=40)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, default=Colour.GREY)
    conversations = models.ManyToManyField(Conversation, related_name="labels", editable=False)

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="label_once_a_site")]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the label, and have the days of the conversations counted that carried it."""
        recounting.mark(Conversation.objects.filter(labels=self))
        return super().delete(*arguments, **options)
