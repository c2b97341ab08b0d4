"""A server that has more questions than it can take, as the visitor sees it."""

import json

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.chat import SHORT_QUESTION, Chat
from tests.browser.installation import Installation


def test_a_question_that_is_not_taken_waits_and_is_sent_again(installation: Installation, page: Page) -> None:
    refused: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def from_page(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["type"] == "send" and not refused:
                refused.append(frame["client_id"])
                busy = {"type": "busy", "retry_after": 30, "client_id": frame["client_id"]}
                socket.send(json.dumps(busy))
            else:
                server.send(text)

        socket.on_message(from_page)

    page.route_web_socket("**/ws/visitor/", between)
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(SHORT_QUESTION)
    expect(chat.status).to_contain_text("Busy, trying again in")
    expect(chat.questions.last).to_contain_text("Sending")
    page.get_by_role("button", name="Try now").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.status).to_be_hidden()
    expect(chat.questions).to_have_count(1)
    assert len(refused) == 1
