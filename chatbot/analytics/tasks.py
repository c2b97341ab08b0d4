"""What the worker does for analytics."""

from celery import shared_task
from django.utils import timezone, translation

from chatbot.analytics import refreshing
from chatbot.analytics.alerts.evaluating import look_at_all
from chatbot.analytics.dispatching import deliver_due
from chatbot.analytics.documents import noting
from chatbot.analytics.models import Dispatch, Report
from chatbot.analytics.reports.making import make_waiting, queue_due
from chatbot.analytics.topics import finding


@shared_task(name="chatbot.analytics.tasks.refresh_figures")
def refresh_figures() -> None:
    """Bring the daily figures up to date; running it twice at once counts nothing twice."""
    refreshing.refresh()


@shared_task(name="chatbot.analytics.tasks.watch_figures")
def watch_figures() -> None:
    """Look at the rules of the sites whose turn it is; running it twice at once opens nothing twice."""
    look_at_all()


@shared_task(name="chatbot.analytics.tasks.send_out")
def send_out() -> None:
    """Queue and make the reports that are due, and send what waits for people and programs."""
    queue_due()
    make_waiting()
    deliver_due()


@shared_task(name="chatbot.analytics.tasks.forget_old_messages")
def forget_old_messages() -> None:
    """Delete what the delivery log and the reports have kept for long enough."""
    Dispatch.objects.out_of_date().delete()
    Report.objects.out_of_date(timezone.now()).delete()


@shared_task(name=finding.TASK)
def find_topics(run_id: int, language: str) -> None:
    """Find a site's topics; what the run tells is in `language`."""
    with translation.override(language):
        finding.carry_out(run_id)


@shared_task(name="chatbot.analytics.tasks.find_all_topics")
def find_all_topics() -> None:
    """Ask for the topics of every site."""
    finding.ask_for_all()


@shared_task(name="chatbot.analytics.tasks.note_document_uses")
def note_document_uses() -> None:
    """Note which documents the newest answers rest on."""
    noting.note_new_uses()
