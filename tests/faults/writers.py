"""Threads of one process that write to the database as Parley itself does, and how long each write took."""

import json
import sys
import threading
import time

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from accounts.models import Site  # noqa: E402
from chatbot.conversations import events  # noqa: E402
from chatbot.conversations.models import Conversation, Visitor  # noqa: E402


def main(writers: int, transactions: int) -> None:
    """Write from `writers` threads at once and print the milliseconds of every write, and the errors."""
    site = Site.objects.for_key("demo")
    visitor, _secret = Visitor.objects.register(site)
    took: list[float] = []
    errors: list[str] = []
    begin = threading.Barrier(writers)

    def write() -> None:
        conversation = Conversation.objects.create(site=site, visitor=visitor)
        begin.wait()
        for number in range(transactions):
            began = time.perf_counter()
            try:
                with transaction.atomic():
                    message = conversation.messages.create(author="visitor", text=f"Message {number}")
                    events.record(conversation, "message.created", message.data())
            except Exception as error:
                errors.append(repr(error))
            took.append((time.perf_counter() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"milliseconds": took, "errors": errors}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
