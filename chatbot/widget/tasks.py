"""What the worker does for the widget."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from chatbot.widget.models import Ticket


@shared_task(name="chatbot.widget.tasks.forget_expired")
def forget_expired() -> None:
    """Delete tickets and sessions that nobody can use any more."""
    Ticket.objects.expired().delete()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
