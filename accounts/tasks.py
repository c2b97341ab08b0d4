"""What the worker does for people who sign in."""

from celery import shared_task
from django.utils import translation

from accounts.password_reset import mail_reset_links


@shared_task(name="accounts.tasks.mail_password_reset", ignore_result=True)
def mail_password_reset(email: str, language: str) -> None:
    """Send a link for a new password to whoever has this address, in the language of who asked for it."""
    with translation.override(language):
        mail_reset_links(email)
