"""What the worker does for webhooks."""

from celery import shared_task

from chatbot.operators.delivering import queue_and_deliver
from chatbot.operators.models import Delivery


@shared_task(name="chatbot.operators.tasks.deliver_webhooks")
def deliver_webhooks() -> None:
    """Send what webhooks are to be told; running it twice at once sends nothing twice."""
    queue_and_deliver()


@shared_task(name="chatbot.operators.tasks.forget_old_deliveries")
def forget_old_deliveries() -> None:
    """Delete what the delivery log has kept for 30 days."""
    Delivery.objects.out_of_date().delete()
