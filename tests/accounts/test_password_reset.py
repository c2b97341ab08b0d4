"""A new password by mail, and by `manage.py resetaccess` where there is none."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEntry, User
from chatbot.celery import app as worker
from tests.accounts.people import App, is_signed_in, sign_in

pytestmark = pytest.mark.django_db

NEW = "another horse battery"


@pytest.fixture(autouse=True)
def mail_server(settings, operator):
    """Mail is sent, and by this process instead of the worker."""
    settings.EMAIL_URL = "smtp://mail.example.com"
    User.objects.filter(pk=operator.pk).update(email="operator@lumen.example")
    worker.conf.task_always_eager = True
    yield
    worker.conf.task_always_eager = False


def ask(client: Client, email: str):
    return client.post("/admin/password_reset/", {"email": email})


def path_of(text: str) -> str:
    (path,) = re.findall(r"https?://[^/]+(/admin/password_reset/\S+)", text)
    return path


def set_password(client: Client, path: str, password: str = NEW):
    form = client.get(path, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})


def test_a_link_comes_by_mail_and_sets_a_new_password(client: Client, operator):
    ask(client, "Operator@lumen.example")

    set_password(client, path_of(mail.outbox[0].body))

    assert sign_in(client, "operator", NEW).request["PATH_INFO"] == "/admin/"
    assert AuditEntry.objects.filter(kind="person.password_reset").exists()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client):
    known, unknown = ask(client, "operator@lumen.example"), ask(client, "nobody@lumen.example")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [["operator@lumen.example"]]


def test_a_link_works_once(client: Client):
    ask(client, "operator@lumen.example")
    path = path_of(mail.outbox[0].body)
    set_password(client, path)

    again = Client().get(path)

    assert "used already" in again.content.decode()


def test_the_links_secret_leaves_the_address_at_once(client: Client):
    ask(client, "operator@lumen.example")
    path = path_of(mail.outbox[0].body)

    response = client.get(path)

    assert response.status_code == 302
    assert path.split("/")[-2] not in response["Location"]
    assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_new_password_ends_every_session(client: Client):
    elsewhere = Client()
    sign_in(elsewhere, "operator")
    ask(client, "operator@lumen.example")

    set_password(client, path_of(mail.outbox[0].body))

    assert not is_signed_in(elsewhere)


def test_a_new_password_does_not_get_round_the_second_factor(client: Client, operator):
    App(operator)
    ask(client, "operator@lumen.example")
    set_password(client, path_of(mail.outbox[0].body))

    assert sign_in(client, "operator", NEW).request["PATH_INFO"] == "/admin/login/code/"


def test_without_a_mail_server_the_page_names_the_command(client: Client, settings):
    settings.EMAIL_URL = ""

    assert "resetaccess" in client.get("/admin/password_reset/").content.decode()


def command(*arguments: str) -> str:
    output = StringIO()
    call_command("resetaccess", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_prints_a_link_that_works(client: Client, operator):
    app = App(operator)

    set_password(client, path_of(command("operator")))

    response = sign_in(client, "operator", NEW)
    assert response.request["PATH_INFO"] == "/admin/login/code/"
    assert app and AuditEntry.objects.filter(kind="person.access_reset").exists()


def test_the_command_removes_lost_factors(client: Client, operator):
    App(operator)

    set_password(client, path_of(command("operator", "--remove-factors")))

    assert not Authenticator.objects.exists()
    assert sign_in(client, "operator", NEW).request["PATH_INFO"] == "/admin/"


@pytest.mark.parametrize("name", ["nobody", ""])
def test_the_command_refuses_a_name_that_nobody_has(name):
    with pytest.raises(CommandError):
        command(name)


def test_the_command_refuses_to_let_a_blocked_person_in(operator):
    User.objects.filter(pk=operator.pk).update(is_active=False)

    with pytest.raises(CommandError):
        command("operator")
