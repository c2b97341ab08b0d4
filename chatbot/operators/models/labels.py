"""Labels, by which a site sorts its conversations."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.conversations.models import Conversation


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

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="label_once_a_site")]

    def __str__(self) -> str:
        return self.name
