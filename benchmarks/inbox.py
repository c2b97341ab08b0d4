"""How fast the operators' inbox is with a million messages on PostgreSQL.

    DATABASE_URL=postgresql://… python -m benchmarks.inbox

The database must be one for this purpose: it is migrated, and filled once with made-up conversations of
five sites, one of which has two thirds of them. Then pages are asked for as a browser does, through the whole
view, by somebody who works for the largest and the smallest site: first pages, pages from anywhere in the
list, and searches for words that are everywhere, that are rare, and that nobody said.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

MESSAGES = int(os.environ.get("INBOX_MESSAGES", "1000000"))
A_CONVERSATION = 8
ROUNDS = 40
WARM_UPS = 3
RESULT = Path(__file__).parent / "results" / "inbox.json"
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
SITES = {"bench-large": 66, "bench-b": 20, "bench-c": 10, "bench-d": 3, "bench-small": 1}

# The first ones are said most often, as in any language.
_SAID = """
the order my is lamp not please for a when delivery and you can have it in thank invoice return refund parcel
broken blue address card payment late where size bulb colour warranty exchange shop account password voucher
discount stock green desk table glass cable switch repair courier damaged gift wrapped receipt customs weekend
express pickup missing wrong double charged cancel subscription newsletter
"""
WORDS = _SAID.split()
CHINESE = (
    "我想退货",
    "灯什么时候到",
    "发票不对",
    "请问可以换货吗",
    "地址写错了",
    "谢谢",
    "快递丢了",
    "颜色不对",
)


def main() -> None:
    """Fill the database where that is still to be done, measure, and write the results."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor != "postgresql":
        sys.exit("DATABASE_URL must name a PostgreSQL database that is there for this benchmark.")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not _is_filled():
        began = time.perf_counter()
        fill(MESSAGES)
        print(f"{MESSAGES} messages in {time.perf_counter() - began:.0f} s", flush=True)
    if "--fill" not in sys.argv:
        figures = measure()
        RESULT.write_text(json.dumps(figures, indent=2) + "\n")
        print(json.dumps(figures, indent=2))


def fill(messages: int) -> None:
    """Make `messages` messages by COPY, with the same seed the same ones."""
    from django.db import connection

    from accounts.models import Membership, Site, User
    from chatbot.conversations.models import Conversation
    from chatbot.operators.models import Label

    chance = random.Random(7)
    sites = [Site.objects.create(name=key, public_key=key) for key in SITES]
    person = User.objects.create_user("bench-operator", is_staff=True)
    for key in ("bench-large", "bench-small"):
        site = next(site for site in sites if site.public_key == key)
        Membership.objects.create(user=person, site=site, role=Membership.Role.OPERATOR)
    count = messages // A_CONVERSATION
    chosen = chance.choices(sites, weights=list(SITES.values()), k=count)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS message_terms")
        _copy(
            cursor,
            "conversations_visitor (id, public_id, site_id, secret_hash, created_at)",
            ((n, _id(chance), site.pk, _id(chance) * 2, NEWEST) for n, site in enumerate(chosen, 1)),
        )
        columns = (
            "id, public_id, site_id, visitor_id, status, last_seq, lease_token, turn, assignee_id, "
            "handoff_reason, priority, contact, language, page_url, page_title, rating_comment, "
            "visitor_seen_seq, staff_seen_seq, unread, sentiment, newest_line, newest_author, message_total, "
            "created_at, updated_at"
        )
        rows = (_conversation(n, site.pk, person.pk, count, chance) for n, site in enumerate(chosen, 1))
        _copy(cursor, f"conversations_conversation ({columns})", rows)
        columns = (
            "public_id, conversation_id, author, text, status, error, stop_requested, sources, feedback, "
            "name, created_at"
        )
        _copy(cursor, f"conversations_message ({columns})", _messages(messages, count, chance))
        for table in ("visitor", "conversation"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('conversations_{table}', 'id'), %s)", [count + 1]
            )
        cursor.execute(
            "CREATE INDEX message_terms ON conversations_message USING gin (terms) "
            "WITH (gin_pending_list_limit = 256)"
        )
    for name in ("refund", "vip", "保修"):
        label = Label.objects.create(site=sites[0], name=name)
        few = Conversation.objects.filter(site=sites[0]).values_list("pk", flat=True)
        label.conversations.add(*chance.sample(list(few), 2000))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure() -> dict[str, Any]:
    """Return the p50 and p95 of each kind of page in milliseconds."""
    from django.test import Client

    from accounts.models import Site, User
    from chatbot.conversations.models import Conversation, Message, Visitor
    from chatbot.operators.paging import Position

    client = Client(SERVER_NAME="127.0.0.1")
    person = User.objects.get(username="bench-operator")
    client.force_login(person)
    chance = random.Random(11)
    own = Conversation.objects.filter(site__public_key__in=("bench-large", "bench-small"))
    places = [Position(moment, pk).cursor() for moment, pk in _sample(own, chance)]
    visitor = str(Visitor.objects.filter(site__public_key="bench-large").order_by("pk")[1000].public_id)
    small = Site.objects.get(public_key="bench-small").pk

    def page(**query: Any) -> Callable[[], None]:
        def ask() -> None:
            response = client.get("/admin/inbox/", query)
            assert response.status_code == 200, response.status_code

        return ask

    def deep(**query: Any) -> Callable[[], None]:
        return lambda: page(**query, after=chance.choice(places))()

    kinds: dict[str, Callable[[], None]] = {
        **{f"first_{tab}": page(tab=tab) for tab in ("waiting", "mine", "unhappy", "bot", "closed", "all")},
        "first_small_site": page(tab="all", site=small),
        "first_label": page(tab="all", label=1),
        **{f"deep_{tab}": deep(tab=tab) for tab in ("waiting", "unhappy", "bot", "closed", "all")},
        "deep_small_site": deep(tab="all", site=small),
        "search_common_word": page(tab="all", q="order"),
        "search_common_word_deep": deep(tab="all", q="order"),
        "search_two_words": page(tab="all", q="broken lamp"),
        "search_rare_word": page(tab="all", q="newsletter"),
        "search_beginning": page(tab="all", q="subscr"),
        "search_order_number": page(tab="all", q="A100042"),
        "search_nothing": page(tab="all", q="zeppelin"),
        "search_chinese": page(tab="all", q="退货"),
        "search_chinese_long": page(tab="all", q="灯什么时候到"),
        "search_waiting_only": page(tab="waiting", q="refund"),
        "search_small_site": page(tab="all", site=small, q="refund"),
        "search_visitor": page(tab="all", q=visitor[:12]),
        "search_label": page(tab="all", q="保修"),
    }
    figures: dict[str, Any] = {
        "messages": Message.objects.count(),
        "conversations": Conversation.objects.count(),
    }
    for name, ask in kinds.items():
        figures[name] = _times(ask)
        print(name, figures[name], flush=True)
    for group in ("first", "deep", "search"):
        slowest = max(value["p95_ms"] for name, value in figures.items() if name.startswith(group))
        figures[f"slowest_{group}_p95_ms"] = slowest
    return figures


def _times(ask: Callable[[], None]) -> dict[str, float]:
    """Return the median and the 95th percentile, after a few that do not count."""
    for _ in range(WARM_UPS):
        ask()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(sorted(taken)[int(0.95 * ROUNDS)], 1),
    }


def _sample(conversations: Any, chance: random.Random) -> list[tuple[datetime, int]]:
    newest = conversations.order_by("-pk").values_list("updated_at", "pk")
    return chance.sample(list(newest), 200)


def _is_filled() -> bool:
    from chatbot.conversations.models import Conversation

    return Conversation.objects.exists()


def _copy(cursor: Any, target: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _conversation(n: int, site: int, person: int, count: int, chance: random.Random) -> tuple[Any, ...]:
    """Return a row; one in a thousand waits, one in five hundred is the operator's, most are closed."""
    turn, assignee, status = "assistant", None, "closed" if chance.random() < 0.8 else "open"
    if chance.random() < 0.001:
        turn, status = "waiting", "open"
    elif chance.random() < 0.002:
        turn, status, assignee = "operator", "open", person
    moment = NEWEST - timedelta(minutes=(count - n) * 3)
    contact = f"visitor{n}@example.com" if chance.random() < 0.1 else ""
    shown = (line(chance), "visitor", A_CONVERSATION, moment, moment)
    # Of its own, so that all the rest is what it was before moods were known.
    sentiment = round(random.Random(n).uniform(-1, 1), 3) if n % 5 else None
    rest = ("", 2, contact, "en", "", "", "", 0, 0, 0, sentiment)
    return (n, _id(chance), site, n, status, A_CONVERSATION, "", turn, assignee, *rest, *shown)


def _messages(total: int, count: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for number in range(total):
        conversation = min(number // A_CONVERSATION, count - 1) + 1
        author = "assistant" if number % 2 else "visitor"
        moment = NEWEST - timedelta(minutes=(count - conversation) * 3)
        text = line(chance)
        if number % 10 == 0:
            text += f" A{100_000 + number // 10}"
        yield (_id(chance), conversation, author, text, "completed", "", False, "[]", "", "", moment)


def line(chance: random.Random) -> str:
    """Return a dozen words, the frequent ones often; one line in five is Chinese."""
    if chance.random() < 0.2:
        return "，".join(chance.choices(CHINESE, k=3))
    return " ".join(WORDS[int(len(WORDS) * chance.random() ** 3)] for _ in range(chance.randint(4, 20)))


def _id(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


if __name__ == "__main__":
    main()
