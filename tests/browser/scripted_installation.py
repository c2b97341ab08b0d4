"""An installation whose answers a test writes: a real web process, and a scripted model in a thread."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.browser.installation import Installation
from tests.processes import manage
from tests.scripted_model import ScriptedModel, scripted_model

ADD_PEOPLE = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import Membership, Site, User
from chatbot.monitoring.demo_site import create_demo_site_if_missing
from chatbot.operators.models import CannedReply, Label

create_demo_site_if_missing()
site = Site.objects.get(public_key="demo")
text = "Hello, this is {{operator.name}} of {{site.name}}."
CannedReply.objects.create(site=site, shortcut="hello", text=text)
Label.objects.create(site=site, name="refund", colour="blue")
sessions = {}
for name, role in {"Ann": "operator", "Ben": "operator", "Cho": "owner"}.items():
    user = User.objects.create_user(name.lower(), first_name=name, is_staff=True)
    Membership.objects.create(user=user, site=site, role=role)
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store.create()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    sessions[name] = store.session_key
print(json.dumps(sessions))
"""


class ScriptedInstallation(Installation):
    """`model` says what the test tells it to; `sessions` has a session for each of three people.

    Ann and Ben are operators, Cho is an owner.
    """

    def __init__(self, folder: Path, model: ScriptedModel) -> None:
        super().__init__(folder, "")
        self.model = model
        self.sessions: dict[str, str] = {}

    @property
    def environment(self) -> Mapping[str, str]:
        """The embedded defaults, with answers from the script."""
        return {**super().environment, "INFERENCE_URLS": self.model.url}

    def prepare_people(self) -> None:
        """Create tables, static files, the demo site and its people."""
        self.begin()
        self.sessions = json.loads(manage(self.environment, "shell", "--verbosity=0", "-c", ADD_PEOPLE))


@contextmanager
def scripted_installation(folder: Path) -> Iterator[ScriptedInstallation]:
    """Run an installation over `folder` for the block."""
    with _model_in_thread() as model:
        installation = ScriptedInstallation(folder, model)
        try:
            installation.prepare_people()
            installation.start_web()
            yield installation
        finally:
            installation.stop()


@contextmanager
def _model_in_thread() -> Iterator[ScriptedModel]:
    """Serve a scripted model on a loop of its own; its attributes may be set from here."""
    ready, ended = threading.Event(), asyncio.Event()
    models: list[ScriptedModel] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with scripted_model() as model:
            models.append(model)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield models[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(30)
        loop.close()
