"""The ASGI application: HTTP to Django, WebSockets to Channels."""

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
django.setup(set_prefix=False)

from chatbot.forwarded import behind_proxies  # noqa: E402  the apps must be loaded first
from chatbot.http_handler import ThreadedHandler  # noqa: E402  likewise
from chatbot.request_ids import numbered  # noqa: E402  likewise
from chatbot.routing import websockets  # noqa: E402  likewise

application = numbered(
    behind_proxies(ProtocolTypeRouter({"http": ThreadedHandler(), "websocket": websockets}))
)
