"""The admin's pages of the operators' app."""

from chatbot.operators.webhook_admin import DeliveryAdmin, WebhookAdmin

__all__ = ["DeliveryAdmin", "WebhookAdmin"]
