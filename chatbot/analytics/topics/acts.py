"""What people did to topics, as the audit record tells it; names are visitors' words, and none is kept."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class TopicRenamed(ActionType):
    kind = "topic.renamed"
    name = _("Renamed a topic")
    sentence = _("%(actor)s renamed a topic of %(site)s")


@register
class TopicMerged(ActionType):
    kind = "topic.merged"
    name = _("Merged topics")
    sentence = _("%(actor)s merged a topic of %(site)s into another one")


@register
class TopicParted(ActionType):
    kind = "topic.parted"
    name = _("Took merged topics apart")
    sentence = _("%(actor)s took merged topics of %(site)s apart")


@register
class TopicHidden(ActionType):
    kind = "topic.hidden"
    name = _("Hid a topic")
    sentence = _("%(actor)s hid a topic of %(site)s")


@register
class TopicShown(ActionType):
    kind = "topic.shown"
    name = _("Showed a hidden topic")
    sentence = _("%(actor)s showed a hidden topic of %(site)s again")
