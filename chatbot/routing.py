"""Every WebSocket of the web process."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.routing import URLRouter
from django.urls import path, re_path

from accounts.policy import Policy, policy
from chatbot.operators.consumers import OperatorConsumer
from chatbot.operators.workbench.consumer import WorkbenchConsumer
from chatbot.widget.consumers import VisitorConsumer

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def own_thread(application: Application) -> Application:
    """Give each connection a thread of its own for what Channels or Django call in one, so that nobody waits.

    Our consumers call the database by `in_database`, and then this thread is never made.
    """

    async def application_in_own_thread(scope: Scope, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext():
            await application(scope, receive, send)

    return application_in_own_thread


@policy(Policy.PUBLIC)
async def no_such_socket(scope: Scope, receive: Any, send: Any) -> None:
    """Refuse the handshake with 403; Channels itself answers an unknown path with 500."""
    await send({"type": "websocket.close"})


websockets = own_thread(
    URLRouter(
        [
            path("ws/visitor/", VisitorConsumer.as_asgi()),
            path("ws/operator/", OperatorConsumer.as_asgi()),
            path("ws/workbench/", WorkbenchConsumer.as_asgi()),
            # Django types its own views only.
            re_path(r"", no_such_socket),  # type: ignore[arg-type]
        ]
    )
)
