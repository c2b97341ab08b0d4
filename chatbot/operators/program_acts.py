"""What is on the record of programs and of webhooks, and how it reads."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, register


@register
class ConversationReadByKey(ActionType):
    kind = "api.conversation_read"
    name = _("Read a conversation through the API")
    sentence = _("The API key %(key)s read the conversation %(about)s")


@register
class ConversationClosedByKey(ActionType):
    kind = "api.conversation_closed"
    name = _("Closed a conversation through the API")
    sentence = _("The API key %(key)s closed the conversation %(about)s")


@register
class VisitorErasedByKey(ActionType):
    kind = "api.visitor_erased"
    name = _("Erased a visitor through the API")
    sentence = _("The API key %(key)s erased the visitor %(about)s")


@register
class PromptPublishedByKey(ActionType):
    kind = "api.prompt_published"
    name = _("Published a prompt through the API")
    sentence = _("The API key %(key)s published the prompt %(about)s")


@register
class KnowledgeChangedByKey(ActionType):
    kind = "api.knowledge_changed"
    name = _("Changed knowledge through the API")
    sentence = _("The API key %(key)s changed %(about)s")


@register
class KnowledgeRemovedByKey(ActionType):
    kind = "api.knowledge_removed"
    name = _("Removed knowledge through the API")
    sentence = _("The API key %(key)s removed %(about)s")


@register
class WebhookMade(ActionType):
    kind = "webhook.made"
    name = _("Made a webhook")
    sentence = _("%(actor)s made the webhook %(about)s for %(kinds)s")


@register
class WebhookChanged(ActionType):
    kind = "webhook.changed"
    name = _("Changed a webhook")
    sentence = _("%(actor)s changed the webhook %(about)s: %(fields)s")


@register
class WebhookSecretChanged(ActionType):
    kind = "webhook.secret_changed"
    name = _("Changed a webhook's secret")
    sentence = _("%(actor)s gave the webhook %(about)s a new secret")


@register
class WebhookDeleted(ActionType):
    kind = "webhook.deleted"
    name = _("Deleted a webhook")
    sentence = _("%(actor)s deleted the webhook %(about)s")
