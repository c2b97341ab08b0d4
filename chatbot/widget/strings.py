"""The words of the chat, translated here and handed to the page as data."""

from django.utils.translation import gettext as _


def chat_strings() -> dict[str, str]:
    """Return every text that the chat's scripts show, in the language that is active."""
    return {
        "you": _("You"),
        "assistant": _("Assistant"),
        "operator": _("Our team"),
        "system": _("Notice"),
        "send": _("Send message"),
        "stop": _("Stop the answer"),
        "sending": _("Sending…"),
        "notSent": _("Not sent."),
        "tryAgain": _("Try again"),
        "stopped": _("Stopped"),
        "answerFailed": _("The answer could not be written."),
        "writing": _("The assistant is writing."),
        "copyAnswer": _("Copy answer"),
        "copyCode": _("Copy code"),
        "copied": _("Copied"),
        "copyRefused": _("The browser did not allow copying"),
        "code": _("Code"),
        "regenerate": _("Write another answer"),
        "helpful": _("Helpful"),
        "notHelpful": _("Not helpful"),
        "justNow": _("just now"),
        "sources": _("Sources"),
        "related": _("This may help as well"),
        "talkToPerson": _("Talk to a person"),
        "charactersLeft": _("{count} characters left"),
        "tooLong": _("{count} characters too many"),
        "connecting": _("Connecting…"),
        "connected": _("Connected."),
        "reconnecting": _("Reconnecting…"),
        "busy": _("Busy, trying again in {seconds} s"),
        "busyNow": _("Busy, trying again…"),
        "offline": _("You are offline. Messages are sent when you are back."),
        "refused": _("The chat is not available here."),
        "problem": _("That did not work. Please try again."),
        "answersYou": _("{name} answers you"),
        "personComes": _("Somebody of our team will answer you here. You can go on writing."),
        "nobodyThere": _(
            "Nobody of our team is here at the moment. Your messages are kept, and you may leave an address."
        ),
        "backAt": _("We are back: {time}."),
        "handoff.requested": _("A person of our team was asked to join."),
        "handoff.withdrawn": _("The assistant answers again."),
        "operator.joined": _("{name} joined the conversation."),
        "operator.left": _("{name} left the conversation."),
        "conversation.closed": _("This conversation has ended."),
        "conversation.reopened": _("This conversation goes on."),
        "conversation.merged": _("This conversation goes on in another one."),
    }


def loader_strings() -> dict[str, str]:
    """Return the texts of the launcher on the company's page, in the language that is active."""
    return {
        "open": _("Open chat"),
        "close": _("Close chat"),
        "title": _("Chat"),
        "unread": _("{count} unread messages"),
    }


def general_suggestions() -> list[str]:
    """Return three questions that fit any company."""
    return [
        _("What can you help me with?"),
        _("How can I reach a person?"),
        _("When are you open?"),
    ]
