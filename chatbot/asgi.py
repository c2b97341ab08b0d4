"""The ASGI application: HTTP to Django, WebSockets to Channels."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
http = get_asgi_application()

from chatbot.forwarded import behind_proxies  # noqa: E402  the models must be loaded first
from chatbot.routing import websockets  # noqa: E402

application = behind_proxies(ProtocolTypeRouter({"http": http, "websocket": websockets}))
