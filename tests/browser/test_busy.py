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


def test_the_chat_tells_how_much_it_has_read(installation: Installation, page: Page) -> None:
    acks: list[dict[str, int]] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def from_page(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["type"] == "ack":
                acks.append(frame)
            else:
                server.send(text)

        def from_server(text: str | bytes) -> None:
            socket.send(text)
            if json.loads(text)["type"] == "welcome":
                for _ in range(99):
                    socket.send(json.dumps({"type": "pong", "seq": 0}))

        socket.on_message(from_page)
        server.on_message(from_server)

    page.route_web_socket("**/ws/visitor/", between)
    page.goto(f"{installation.url}/widget/demo/")
    expect(page.get_by_role("textbox")).to_be_visible()
    for _ in range(100):
        if acks and acks[-1]["frames"] == 100:
            break
        page.wait_for_timeout(100)

    assert [ack["frames"] for ack in acks] == [64, 100]


def test_a_chat_that_is_turned_away_waits_as_long_as_it_was_told(
    installation: Installation, page: Page
) -> None:
    opened: list[WebSocketRoute] = []

    def turn_away(socket: WebSocketRoute) -> None:
        opened.append(socket)
        socket.send(json.dumps({"type": "busy", "retry_after": 30, "client_id": None}))
        socket.close(code=1013)

    page.route_web_socket("**/ws/visitor/", turn_away)
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    expect(chat.status).to_contain_text("Busy, trying again in 2")

    assert len(opened) == 1
