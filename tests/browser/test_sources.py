"""What an answer relies on, and the way to a person that it offers, as a visitor sees them."""

import time

from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.installation import Installation
from tests.browser.test_accessibility import serious
from tests.processes import manage

STORE = """
from django.db import transaction
from chatbot.conversations import events
from chatbot.conversations.models import Conversation
with transaction.atomic():
    talk = Conversation.objects.select_for_update().get(public_id="{conversation}")
    message = talk.messages.create(
        author="assistant", text={text!r}, sources={sources!r}, offers_person={offers!r}
    )
    events.record(talk, "message.created", message.data())
"""
SOURCES = [
    {"number": 1, "title": "Returns <b>", "url": "https://lumen.example/returns", "related": False},
    {"number": 2, "title": "A file without address", "url": "", "related": False},
    {"number": 3, "title": "Trap", "url": "javascript:alert(1)", "related": True},
]


def _wait_for_conversation(page: Page) -> str:
    """Return the id of the page's conversation once the browser has stored it."""
    deadline = time.monotonic() + 30
    while True:
        stored = page.evaluate("localStorage.getItem('parley.demo.conversation')")
        if stored:
            return str(stored).strip('"')
        assert time.monotonic() < deadline, "the chat has no conversation"
        page.wait_for_timeout(50)


def _store(installation: Installation, page: Page, text: str, sources: list[object], offers: bool) -> None:
    stored = _wait_for_conversation(page)
    script = STORE.format(conversation=stored, text=text, sources=sources, offers=offers)
    manage(installation.environment, "shell", "--verbosity=0", "-c", script)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_sources_stand_below_the_answer_and_survive_a_reload(installation: Installation, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    expect(chat.field).to_be_enabled()
    _store(installation, page, "Returns are free.", SOURCES, False)
    for _again in range(2):
        links = page.locator(".sources a")
        expect(links).to_have_count(1)
        expect(links).to_have_attribute("href", "https://lumen.example/returns")
        expect(links).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(links).to_have_text("Returns <b> (lumen.example)")
        expect(page.get_by_role("list", name="Sources").get_by_role("listitem")).to_have_count(2)
        expect(page.get_by_role("list", name="This may help as well")).to_contain_text("Trap")
        assert serious(page) == []
        page.reload()
    links.focus()
    expect(links).to_be_focused()


def test_an_answer_that_does_not_know_offers_a_person(installation: Installation, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{installation.url}/widget/demo/")
    expect(Chat(page).field).to_be_enabled()
    _store(installation, page, "I do not know.", [], True)
    offer = page.locator(".message .offer")
    expect(offer).to_have_text("Talk to a person")
    assert serious(page) == []
    offer.press("Enter")
    expect(page.get_by_role("region", name="Waiting for a person")).to_be_visible()
    expect(offer).to_have_count(0)
