"""The steps by which a data set is cleaned, in their order, and what each did last time."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models.data_sets import DataSet


class CleaningStep(models.Model):
    """One step of a data set's cleaning; `report` says what it did, by numbers and keys of examples."""

    class Kind(models.TextChoices):
        EXACT = "exact", _("Exact duplicates")
        NEAR = "near", _("Near duplicates")
        LANGUAGE = "language", _("Language")
        LENGTH = "length", _("Length")
        BOILERPLATE = "boilerplate", _("Recurring sentences")
        PERSONAL = "personal", _("Personal data")

    data_set = models.ForeignKey(DataSet, models.CASCADE, related_name="steps", verbose_name=_("data set"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    is_on = models.BooleanField(_("is on"), default=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    # {"before", "removed", "changed", "seconds", "reasons": {code: count}, "changed_examples": [keys],
    # "sentences": [[text, count]]}; empty until it ran.
    report = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("cleaning step")
        verbose_name_plural = _("cleaning steps")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["data_set", "kind"], name="one_step_of_a_kind")]

    def __str__(self) -> str:
        return str(self.get_kind_display())
