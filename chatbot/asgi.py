"""The ASGI application: HTTP to Django, WebSockets to Channels."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
http = get_asgi_application()

import chatbot.celery  # noqa: E402, F401  so that tasks go to its queue
from chatbot.routing import websockets  # noqa: E402  the models must be loaded first

application = ProtocolTypeRouter({"http": http, "websocket": websockets})
