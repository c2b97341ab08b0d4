"""Webhooks, and what was sent to them."""

from chatbot.operators.models.deliveries import Delivery
from chatbot.operators.models.webhooks import Webhook

__all__ = ["Delivery", "Webhook"]
