"""The chat as a visitor uses it, on its own page or in the frame on a company's page."""

import time

from playwright.sync_api import Frame, Locator, Page, expect

LONG_QUESTION = "Please tell me a long story about a moth who lives in a lamp shop, with many details."
SHORT_QUESTION = "How long does delivery take?"
ANSWER_MS = 120_000
FRAME_SECONDS = 30.0


class Chat:
    """Reads and works the chat in a page or frame."""

    def __init__(self, place: Page | Frame) -> None:
        self.place = place
        self.field = place.locator("#message")
        self.button = place.locator(".composer__button")
        self.questions = place.locator(".message--visitor")
        self.answers = place.locator(".message--assistant")
        self.status = place.locator("[data-part=status]")

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.answers.last

    @property
    def answer_text(self) -> str:
        return self.answer.locator(".bubble__text").inner_text()

    def ask(self, question: str) -> None:
        """Write a question and send it with Enter."""
        self.field.fill(question)
        self.field.press("Enter")
        expect(self.questions.last).to_contain_text(question)

    def wait_for_words(self) -> None:
        """Wait until the newest answer has begun to appear."""
        expect(self.answer).to_have_attribute("data-status", "streaming", timeout=ANSWER_MS)

    def wait_for_end(self, status: str = "completed") -> None:
        """Wait until the newest answer has ended so."""
        expect(self.answer).to_have_attribute("data-status", status, timeout=ANSWER_MS)


def open_chat(page: Page) -> Chat:
    """Open the chat on a company's page with the mouse and return it once it can be written in.

    The launcher lies in a closed shadow root, which selectors cannot enter, as no script of the page can.
    """
    expect(page.locator("parley-chat")).to_be_attached()
    size = page.viewport_size
    assert size is not None
    page.mouse.click(size["width"] - 48, size["height"] - 48)
    return framed_chat(page)


def framed_chat(page: Page, address: str = "/widget/") -> Chat:
    """Return the chat in the page's frame with this in its address, once it can be written in."""
    deadline = time.monotonic() + FRAME_SECONDS
    while not (frames := [frame for frame in chat_frames(page) if address in frame.url]):
        assert time.monotonic() < deadline, "the page shows no chat"
        page.wait_for_timeout(20)
    chat = Chat(frames[0])
    expect(chat.field).to_be_enabled()
    return chat


def chat_frames(page: Page) -> list[Frame]:
    """Return the frames of the page that hold a chat."""
    return [frame for frame in page.frames if "/widget/" in frame.url and frame.parent_frame is not None]


def wait_until(page: Page, expression: str, seconds: float = ANSWER_MS / 1000) -> None:
    """Wait until the expression is true on a page whose policy forbids Playwright's own, evaluated wait."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {expression}"
        page.wait_for_timeout(50)
