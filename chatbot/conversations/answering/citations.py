"""From passages that an answer relies on to the sources that are shown with it.

A model may mark what it takes from where with [1]. The markers never reach a reader: whether a passage was
used is decided by comparing texts, since small models set markers at random.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from chatbot.conversations.answering.account import Account
from chatbot.knowledge.retrieval import Found

_FORM = r"\s?(?:\[(?:\d{1,2}|passage \d{1,2})(?:\s*[,;-]\s*\d{1,2})*\]|【\d{1,2}】)"
_MARKER = re.compile(_FORM + r"(?!\()", re.IGNORECASE)
_LAST = re.compile(_FORM + r"\Z", re.IGNORECASE)
# A blank before a marker goes with it.
_BEGUN = re.compile(r"\s?(?:\[(?:passage )?[\d,;\s-]{0,12}\]?|【\d{0,2})$|[^\S\n]$", re.IGNORECASE)
_TITLE_CHARACTERS = 120
# From this confidence on there is nothing else to offer; below, what scores nearly as high as the best.
_CERTAIN, _NEAR = 0.97, 0.7


def without_markers(text: str, grows: bool = False) -> str:
    """Return `text` without markers such as [1] or [1, 2].

    At the end of a text that `grows` one stays, since it may turn out to be a link.
    """
    ended = _MARKER.sub("", text)
    if not grows or not (last := _LAST.search(text)):
        return ended
    return _MARKER.sub("", text[: last.start()]) + last.group()


def begun(text: str) -> int:
    """Return where in a growing text a marker may have begun; its length for nowhere."""
    match = _BEGUN.search(text)
    return match.start() if match else len(text)


def describe(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Return the passages as the trace keeps them, none cited yet."""
    return [
        {
            "passage": each.passage_id,
            "document": each.document_id,
            "title": each.title,
            "url": each.url,
            "heading": each.heading,
            "question": each.question,
            "text": each.text,
            "vector": _rounded(each.vector),
            "lexical": _rounded(each.lexical),
            "score": _rounded(each.score),
            "cited": False,
            "related": False,
        }
        for each in found
    ]


def cite(account: Account, numbers: Iterable[int]) -> None:
    """Note in the account that the answer relies on the passages with these numbers, in this order.

    A document is listed once, however many of its passages are used. The address is the document's own, and
    only one that a browser may open from a page without asking.
    """
    for number in dict.fromkeys(numbers):
        account.passages[number - 1]["cited"] = True
        _list(account, account.passages[number - 1], related=False)


def relate(account: Account) -> None:
    """List, behind the sources, documents that may answer the question as well.

    People ask for one of several things that resemble each other; where the match is not certain, they see
    what else there is. Nothing of it is in the answer.
    """
    if account.confidence is None or account.confidence >= _CERTAIN or not account.sources:
        return
    lowest = _NEAR * max((passage["score"] for passage in account.passages), default=0.0)
    for passage in account.passages:
        if not passage["cited"] and passage["score"] >= lowest:
            passage["related"] = True
            _list(account, passage, related=True)


def _list(account: Account, passage: dict[str, Any], related: bool) -> None:
    source = {"title": _title(passage), "url": safe_url(passage["url"])}
    known = [{"title": each["title"], "url": each["url"]} for each in account.sources]
    if source["title"] and source not in known:
        account.sources.append({"number": len(account.sources) + 1, **source, "related": related})


def safe_url(url: str) -> str:
    """Return `url` if it is an https address without user and password, else nothing."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and not (parts.username or parts.password)
    except ValueError:
        return ""
    return url if usable and not re.search(r"[\s<>\"\\]", url) else ""


def _title(passage: dict[str, Any]) -> str:
    title = str(passage["title"] or passage["question"] or passage["heading"]).strip()
    return title if len(title) <= _TITLE_CHARACTERS else title[: _TITLE_CHARACTERS - 1].rstrip() + "…"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(float(score), 4)
