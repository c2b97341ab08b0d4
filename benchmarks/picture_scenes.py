"""What a person does on a page before its picture is taken."""

import os
import re

from playwright.sync_api import Frame, Page

ANSWER_MS = 300_000

QUESTION = "How long does delivery take?"
WISH = "I would like to talk to a human, please."
LONG_QUESTION = "Tell me about the Heron desk lamp and the Morel table lamp. Which one suits a small desk?"
COMPLAINT = "My lamp arrived broken and nobody answers my mails. I am really disappointed."


def chat_of(page: Page) -> Frame:
    """Open the chat on the page and return its frame once it is connected."""
    page.locator("parley-chat").wait_for(state="attached")
    size = page.viewport_size
    assert size is not None
    page.mouse.click(size["width"] - 48, size["height"] - 48)
    while not (frames := [frame for frame in page.frames if "/widget/" in frame.url]):
        page.wait_for_timeout(50)
    frames[0].wait_for_selector("#message:enabled")
    page.mouse.move(5, 5)
    return frames[0]


def ask(chat: Frame, question: str, status: str = "completed") -> None:
    """Ask and wait until the answer has this status."""
    chat.locator("#message").fill(question)
    chat.locator("#message").press("Enter")
    chat.locator(f".message--assistant[data-newest][data-status={status}]").wait_for(timeout=ANSWER_MS)


def opened(page: Page) -> None:
    """The chat as it greets."""
    chat_of(page)


def answered(page: Page) -> None:
    """A question with its answer."""
    ask(chat_of(page), QUESTION)


def streaming(page: Page) -> None:
    """An answer that is being written."""
    chat = chat_of(page)
    ask(chat, LONG_QUESTION, "streaming")
    chat.locator(".bubble__text", has_text=re.compile(r"[\s\S]{90}")).wait_for(timeout=ANSWER_MS)


def busy(page: Page) -> None:
    """A second question while the queue, which holds one here, is full."""
    chat = chat_of(page)
    ask(chat, LONG_QUESTION, "streaming")
    chat.locator("#message").fill(QUESTION)
    chat.locator("#message").press("Enter")
    chat.locator("[data-part=status][data-status=busy]").wait_for()


def tries(page: Page) -> None:
    """A question that was tried, with what was found for it."""
    page.locator("[data-ask]:enabled").wait_for()
    page.locator("#bench-question").fill("Can I bring back a lamp that I have used?")
    page.locator("[data-ask]").click()
    page.locator("[data-found] .bench-scale").wait_for(timeout=ANSWER_MS)


def asked_in_vain(page: Page) -> None:
    """Questions that the shop's knowledge does not answer."""
    browser = page.context.browser
    assert browser is not None
    for question in ("Do you sell carpets?", "Where can I park?", "Do you have carpets as well?"):
        # Another visitor each time: to the second answer of this kind the assistant would call a person.
        visitor = browser.new_page()
        visitor.goto(f"{page.url.split('/admin/')[0]}/widget/demo/")
        ask(visitor.main_frame, question)
        visitor.close()
    page.bring_to_front()
    page.reload()
    page.locator(".bench-group").first.wait_for()


def first_answer(page: Page) -> None:
    """How the newest answer came about."""
    page.locator(".inbox-link").first.click()
    page.locator(".bench-scale").wait_for()


def first_row(page: Page) -> None:
    """The page behind the first row of an admin list."""
    page.locator("#result_list tbody th a, #result_list tbody td a").first.click()
    page.wait_for_load_state()


def somebody_waits(page: Page) -> None:
    """A visitor who has asked for a person; the inbox shows it by itself."""
    visitor = page.context.new_page()
    visitor.goto(f"{page.url.split('/admin/')[0]}/widget/demo/")
    ask(visitor.main_frame, QUESTION)
    visitor.locator("#message").fill(WISH)
    visitor.locator("#message").press("Enter")
    page.bring_to_front()
    page.locator(".inbox-row", has_text=WISH).first.wait_for()


def person_answers(page: Page) -> None:
    """A conversation that an operator has taken over."""
    somebody_waits(page)
    page.locator(".inbox-row", has_text=WISH).first.get_by_role("link").click()
    page.locator("#inbox-turn [data-act=take-over] button").click()
    page.locator("#inbox-turn[data-mine=yes]").wait_for()
    page.locator("#inbox-text").fill("Good morning! Your Heron lamp leaves our shop today.")
    page.locator("#inbox-reply button").click()
    page.locator(".parley-by-operator").wait_for()
    page.locator("#inbox-assistance [data-summary]").wait_for(timeout=ANSWER_MS)
    page.locator("#inbox-text").fill("Would you like")


def sets_up_an_app(page: Page) -> None:
    """The key of an authenticator app, after the password was asked for once more."""
    password = page.locator("[name=password]")
    password.fill(os.environ["OWNER_PASSWORD"])
    password.press("Enter")
    page.locator("#totp-key").wait_for()


def invites(page: Page) -> None:
    """What a newcomer sees who opens an invitation, in another browser."""
    page.locator("[name=email]").fill("ann@maple-and-moth.example")
    page.locator("[name=_save]").click()
    link = page.locator("#invitation-link").inner_text()
    page.context.clear_cookies()
    page.goto(link)
    page.locator("[name=username]").fill("ann")
    page.locator("[name=first_name]").fill("Ann")
    page.mouse.move(5, 5)


def writes_a_draft(page: Page) -> None:
    """A draft of the prompt, with test cases that stand before it."""
    root = page.url.split("/admin/")[0]
    page.goto(f"{root}/admin/prompts/promptversion/")
    if page.locator("#result_list", has_text="Draft").count():
        first_row(page)
        return
    for question, words in ((QUESTION, "days"), ("Can I return a lamp?", "60 days")):
        page.goto(f"{root}/admin/prompts/regressioncase/add/")
        page.locator("[name=question]").fill(question)
        page.locator("[name=must_contain]").fill(words)
        page.locator("[name=_save]").click()
        page.wait_for_load_state()
    page.goto(f"{root}/admin/prompts/promptversion/")
    first_row(page)
    text = page.locator("#id_text")
    text.fill(
        text.input_value().replace("a few short sentences", "two short sentences") + "\n\nToday is {date}."
    )
    page.locator("[name=message]").fill("Shorter, and knows the day")
    page.locator("[name=_draft]").click()
    page.locator("#prompt-state .parley-tag").wait_for()


def compares(page: Page) -> None:
    """What differs between the draft and the version before."""
    writes_a_draft(page)
    page.locator(".prompt-state a[href$='/compare/']").click()
    page.locator(".prompt-diff").wait_for()


def tests_two_versions(page: Page) -> None:
    """Two versions on the same test cases, side by side."""
    root = page.url.split("/admin/")[0]
    writes_a_draft(page)
    for row in ("first", "last"):
        page.goto(f"{root}/admin/prompts/promptversion/")
        getattr(page.locator("#result_list tbody th a"), row).click()
        page.locator("form[action*='/start/'] button").click()
        page.locator("#run-title .parley-tag", has_text=re.compile("assed")).wait_for(timeout=ANSWER_MS)
    page.reload()
    page.locator("[name=with]").select_option(index=1)
    page.locator("[name=with] ~ button, label:has([name=with]) + button").first.click()
    page.locator(".run-results").wait_for()


def splits(page: Page) -> None:
    """A split that has just begun."""
    writes_a_draft(page)
    page.goto(f"{page.url.split('/admin/')[0]}/admin/prompts/split/add/")
    for number, weight in ((1, "80"), (2, "20")):
        page.locator(f"#id_version_{number}").select_option(index=number)
        page.locator(f"#id_weight_{number}").fill(weight)
    page.locator("[name=override]").check(force=True)
    page.locator("[name=_save]").click()
    page.locator(".split-table").wait_for()


def plays(page: Page) -> None:
    """A question tried in the playground."""
    page.locator("[name=question]").fill(QUESTION)
    page.locator("[name=knowledge]").uncheck()
    page.locator("[data-ask]").click()
    page.locator("[data-figures]:not([hidden])").wait_for(timeout=ANSWER_MS)


def explains(page: Page) -> None:
    """Why a visitor's message is felt to be negative."""
    visitor = page.context.new_page()
    visitor.goto(f"{page.url.split('/admin/')[0]}/widget/demo/")
    ask(visitor.main_frame, QUESTION)
    visitor.locator("#message").fill(COMPLAINT)
    visitor.locator("#message").press("Enter")
    page.bring_to_front()
    page.locator(".inbox-row", has=page.locator(".inbox-mood-negative")).first.get_by_role("link").click()
    message = page.locator(".parley-by-visitor", has_text=COMPLAINT)
    message.locator("summary").click()
    message.locator("a[data-why]").click()
    message.locator("tfoot").wait_for(timeout=ANSWER_MS)


def finds_topics(page: Page) -> None:
    """What visitors ask about most, found in their questions just now."""
    page.get_by_role("button", name="Search now").click()
    page.locator(".parley-progress", has_text="Done").wait_for(timeout=ANSWER_MS)
    page.reload()
