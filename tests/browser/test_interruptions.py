"""What a visitor sees when the network, the web process or the model goes away, and that nothing is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import ANSWER_MS, LONG_QUESTION, SHORT_QUESTION, Chat
from tests.browser.installation import Installation

BACK_MS = 60_000


@pytest.fixture
def chat(installation: Installation, page: Page) -> Iterator[Chat]:
    page.goto(f"{installation.url}/widget/demo/")
    yield Chat(page)


def test_what_is_written_without_a_network_is_sent_later(chat: Chat, page: Page) -> None:
    expect(page.locator("[data-part=welcome]")).to_be_visible()
    page.context.set_offline(True)
    chat.ask(SHORT_QUESTION)
    page.context.set_offline(False)
    chat.wait_for_end()
    expect(chat.questions).to_have_count(1)


def test_a_restart_of_the_web_process_loses_nothing(installation: Installation, chat: Chat) -> None:
    chat.ask(SHORT_QUESTION)
    chat.wait_for_end()
    assert installation.web is not None
    installation.web.kill()
    installation.web.wait()
    expect(chat.status).to_contain_text("Reconnecting", timeout=BACK_MS)
    chat.ask("And can I return a lamp?")
    expect(chat.questions.last).to_contain_text("Sending")
    installation.start_web()
    expect(chat.questions.last).not_to_contain_text("Sending", timeout=BACK_MS)
    expect(chat.status).to_be_hidden()
    expect(chat.answers).to_have_count(2, timeout=BACK_MS)
    chat.wait_for_end()


def test_an_unsent_message_survives_a_reload(installation: Installation, chat: Chat, page: Page) -> None:
    expect(page.locator("[data-part=welcome]")).to_be_visible()
    page.route("**/api/v1/tickets", lambda route: route.abort())
    page.route_web_socket("**/ws/visitor/", lambda socket: socket.close())
    page.reload()
    chat.ask(SHORT_QUESTION)
    page.reload()
    expect(chat.questions.last).to_contain_text(SHORT_QUESTION)
    expect(chat.questions.last).to_contain_text("Sending")
    page.unroute_all()
    page.reload()
    expect(chat.questions).to_have_count(1)


def test_a_killed_model_server_ends_in_an_answer_or_an_offer(installation: Installation, chat: Chat) -> None:
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    installation.kill_model_server()
    installation.start_model_server()
    ended = chat.place.locator(
        ".message--assistant[data-status=completed], .message--assistant[data-status=failed]"
    )
    expect(ended).to_have_count(1, timeout=ANSWER_MS)
    if chat.answer.get_attribute("data-status") == "failed":
        chat.place.get_by_role("button", name="Try again").click()
        chat.wait_for_end()
    chat.ask(SHORT_QUESTION)
    expect(chat.answers).to_have_count(2)
    chat.wait_for_end()
