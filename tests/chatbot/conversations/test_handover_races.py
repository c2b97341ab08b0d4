"""Runner, visitor and two operators at the same moment: no message of a visitor is answered twice."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection

from accounts.models import Membership, Site, User
from chatbot.conversations import handover, leases, posting
from chatbot.conversations.leases import Lease
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.refusals import NotYourTurn
from chatbot.conversations.replies import Draft, _begin, _finish, keep_text
from tests.chatbot.conversations.talks import begun

pytestmark = pytest.mark.django_db(transaction=True)

Step = Callable[[], None]


def _races() -> int:
    if os.environ.get("PARLEY_FAULTS_FULL") == "1":
        return 1000
    return 12 if connection.vendor == "sqlite" else 25


@pytest.fixture
def operators(site: Site) -> list[User]:
    people = [User.objects.create_user(name, first_name=name) for name in ("Ada", "Bo")]
    for person in people:
        Membership.objects.create(user=person, site=site, role=Membership.Role.OPERATOR)
    return people


class Race:
    """One conversation whose answer is half written when everybody does something."""

    def __init__(self, site: Site, operators: list[User]) -> None:
        self.conversation = begun(site)
        (self.lease,) = leases.claim(1)
        draft = _begin(self.lease)
        assert draft is not None
        self.draft = draft
        self.operators = operators
        self.refused: Counter[str] = Counter()

    def steps(self) -> list[Step]:
        """Return what happens at once."""
        return [self._write, self._post, self._waver, *(partial(self._answer, who) for who in self.operators)]

    def _write(self) -> None:
        """Finish answers as a runner does, for as long as there is one to be written."""
        lease: Lease = self.lease
        draft: Draft | None = self.draft
        while draft is not None:
            draft.text = "By the assistant."
            keep_text(lease, draft)
            _finish(lease, draft, Message.Status.COMPLETED, "")
            draft = _begin(lease)

    def _post(self) -> None:
        visitor, name = self.conversation.visitor, self.conversation.public_id
        posting.send(visitor, name, "second", "And this?")
        posting.send(visitor, name, "third", "And that?")

    def _waver(self) -> None:
        """Ask for a person, and then rather not."""
        handover.request_person(self.conversation, Conversation.Reason.VISITOR)
        with suppress(NotYourTurn):
            handover.withdraw_request(self.conversation)

    def _answer(self, operator: User) -> None:
        try:
            handover.take_over(self.conversation, operator)
            handover.reply(self.conversation, operator, "By a person.", f"by {operator.pk}")
        except NotYourTurn:
            self.refused["not_your_turn"] += 1

    def double_answers(self) -> int:
        """Return how many answers of the assistant were asked for or ended after the take-over.

        From then on the operator answers, so each of them would be a second answer.
        """
        events = list(self.conversation.events.order_by("seq"))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        (joined,) = [event.seq for event in events if event.kind == "operator.joined"]
        late = [event for event in events if event.seq > joined]
        by_assistant = [event for event in late if event.payload.get("author") == Message.Author.ASSISTANT]
        return len(by_assistant)


def test_no_message_is_answered_by_the_assistant_and_by_a_person(site: Site, operators: list[User]) -> None:
    doubles, taken, stopped = 0, 0, 0
    chance = random.Random(5)
    races = _races()
    started = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        for _ in range(races):
            race = Race(site, operators)
            steps = race.steps()
            together = threading.Barrier(len(steps))
            # Everybody is late now and then, so that each order comes about.
            delays = [chance.choice((0.0, 0.0, 0.005, 0.02, 0.05)) for _ in steps]

            def run(step: Step, delay: float, together: threading.Barrier = together) -> None:
                together.wait()
                try:
                    time.sleep(delay)
                    step()
                finally:
                    connection.close()

            for done in [pool.submit(run, step, delay) for step, delay in zip(steps, delays, strict=True)]:
                done.result()
            race.conversation.refresh_from_db()
            said = race.conversation.messages.filter(author=Message.Author.OPERATOR)

            assert race.conversation.turn == Conversation.Turn.OPERATOR
            assert said.count() == 1 and said.get().operator == race.conversation.assignee
            assert race.refused == {"not_your_turn": 1}
            assert not race.conversation.messages.unfinished().exists()
            assert race.conversation.messages.filter(author=Message.Author.VISITOR).count() == 3
            doubles += race.double_answers()
            outcomes = race.conversation.messages.filter(author=Message.Author.ASSISTANT)
            stopped += outcomes.filter(status=Message.Status.STOPPED).count()
            taken += outcomes.filter(status=Message.Status.COMPLETED).count()
    print(
        f"{races} races on {connection.vendor} in {time.monotonic() - started:.0f} s: "
        f"{doubles} double answers; {taken} completed before the take-over, {stopped} stopped by it"
    )

    assert doubles == 0
