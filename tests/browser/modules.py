"""A page on which the chat's modules can be imported by themselves, without a server."""

import json
from pathlib import Path

from playwright.sync_api import Page, Route

from chatbot.widget.strings import chat_strings

STATIC = Path(__file__).resolve().parents[2] / "static"
ORIGIN = "http://modules.test"


def open_modules(page: Page) -> None:
    """Put the page on an origin that serves `static/` and carries the data that the chat page has."""
    data = {"language": "en", "strings": {name: str(words) for name, words in chat_strings().items()}}
    script = f'<script type="application/json" id="page-data">{json.dumps(data)}</script>'
    html = f"<!doctype html>{script}<main></main>"

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN).lstrip("/")
        if name:
            route.fulfill(path=STATIC / name, content_type="text/javascript")
        else:
            route.fulfill(body=html, content_type="text/html")

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
