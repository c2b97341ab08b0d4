"""The acts around labels and sentiment heads, and how each reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class LabelsImported(ActionType):
    kind = "sentiment.labels_imported"
    name = _("Imported labelled texts")
    sentence = _("%(actor)s imported %(texts)s labelled texts from %(about)s")


@register
class LabelsRemoved(ActionType):
    kind = "sentiment.labels_removed"
    name = _("Removed labelled texts")
    sentence = _("%(actor)s removed %(about)s with %(texts)s labelled texts")


@register
class TrainingAsked(ActionType):
    kind = "sentiment.training_asked"
    name = _("Asked for a training of the sentiment head")
    sentence = _("%(actor)s asked for the training run %(about)s of the sentiment head")


@register
class GateOverridden(ActionType):
    kind = "sentiment.gate_overridden"
    name = _("Activated a sentiment head against the figures")
    sentence = _("%(actor)s activated %(about)s because “%(reason)s”, although: %(against)s")


@register
class ConsentChanged(ActionType):
    kind = "sentiment.consent_changed"
    name = _("Changed the use of corrections")
    sentence = _("%(actor)s changed the use of corrected messages of %(site)s for training: %(allowed)s")
