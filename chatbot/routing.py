"""Every WebSocket of the web process."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.routing import URLRouter
from django.urls import path

from chatbot.widget.consumers import VisitorConsumer

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def own_thread(application: Application) -> Application:
    """Give each connection its own database thread, so that one slow query holds nobody else up."""

    async def application_in_own_thread(scope: Scope, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext():
            await application(scope, receive, send)

    return application_in_own_thread


websockets = own_thread(URLRouter([path("ws/visitor/", VisitorConsumer.as_asgi())]))
