"""What can be wrong with a file, by line."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MEGABYTE = 1_000_000
MOST_PROBLEMS = 50

_SENTENCES = {
    "empty": gettext_lazy("The file is empty."),
    "one": gettext_lazy("The file holds one example. A part to learn from and one to measure by need more."),
    "many": gettext_lazy("A file has at most %(detail)s examples. Divide it."),
    "long_line": gettext_lazy(
        "The line has more than %(detail)s MB. One example is one line; is this one list?"
    ),
    "not_text": gettext_lazy(
        "This is not text in UTF-8 (byte %(detail)s of the line). Save the file as UTF-8."
    ),
    "zero": gettext_lazy("There is a zero character, as in no text."),
    "list": gettext_lazy("This is one JSON list. Write one JSON object a line instead."),
    "not_json": gettext_lazy("This is no JSON: %(detail)s."),
    "not_object": gettext_lazy("This is no JSON object like {“messages”: […]}."),
    "no_messages": gettext_lazy("“messages” must be a list of messages."),
    "not_message": gettext_lazy("Message %(detail)s is no object with “role” and “content”, both texts."),
    "role": gettext_lazy("“%(detail)s” is no role: write system, user or assistant."),
    "system": gettext_lazy("The system message is the first one, and there is one at most."),
    "empty_message": gettext_lazy("Message %(detail)s is empty."),
    "no_question": gettext_lazy("There is no question: a message of the user comes before the first answer."),
    "no_answer": gettext_lazy("There is no answer to learn from."),
    "weight": gettext_lazy("“weight” is 0 or 1."),
    "long_message": gettext_lazy("Message %(detail)s has more than 20000 characters."),
    "many_messages": gettext_lazy("A dialogue has at most 200 messages."),
    "language": gettext_lazy("“%(detail)s” is no language like en or zh."),
    "no_text": gettext_lazy("There is no text."),
    "label": gettext_lazy("The label “%(detail)s” is none of negative, neutral, positive."),
    "columns": gettext_lazy("The first line must name the columns %(detail)s."),
    "cells": gettext_lazy("There are other cells than the first line names."),
    "csv": gettext_lazy("This is not CSV: a quotation mark is not closed, or a cell is too long."),
}


class BadFile(ValueError):
    """Nothing is taken from the file. `problems` are (line, code, detail), MOST_PROBLEMS at most."""

    def __init__(self, problems: list[tuple[int, str, str]]) -> None:
        super().__init__(problems)
        self.problems = problems


class Wrong(ValueError):
    """One line is wrong; others are read on, so that all that is wrong is said at once."""

    def __init__(self, code: str, detail: object = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = str(detail)[:80]


def words_of(line: int, code: str, detail: str) -> str:
    """Return what is wrong with a line, as a sentence in the reader's language."""
    what = str(_SENTENCES.get(code, code)) % {"detail": detail}
    return _("Line %(line)d: %(what)s") % {"line": line, "what": what}
