"""The in-process layer never drops a hint in silence and never forgets a reader."""

import asyncio
import threading

from chatbot.conversations.bus import LOOK_AGAIN, InProcessLayer


async def test_equal_hints_that_nobody_read_are_one() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    for _ in range(5000):
        await layer.group_send("group", {"type": "conversation.changed"})
    await layer.group_send("group", {"type": "reply.grew", "message": "m"})

    assert (await layer.receive(channel))["type"] == "conversation.changed"
    assert (await layer.receive(channel))["type"] == "reply.grew"


async def test_a_hint_after_reading_is_a_new_one() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    for _ in range(3):
        await layer.send(channel, {"type": "conversation.changed"})
        await layer.receive(channel)


async def test_a_reader_waits_for_the_next_hint() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    await layer.send(channel, {"type": "work.waiting"})

    assert await asyncio.wait_for(reading, 1) == {"type": "work.waiting"}


async def test_another_thread_reaches_the_reader() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    sending = threading.Thread(target=lambda: asyncio.run(layer.send(channel, {"type": "work.waiting"})))
    sending.start()

    assert await asyncio.wait_for(layer.receive(channel), 5) == {"type": "work.waiting"}
    sending.join()


async def test_a_reader_that_was_cancelled_leaves_its_groups() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await layer.group_send("group", {"type": "work.waiting"})

    assert not layer._groups and not layer._channels


async def test_a_reader_far_behind_is_told_to_look_at_everything_and_stays_in_its_group() -> None:
    layer = InProcessLayer()
    channel = await layer.new_channel()
    await layer.group_add("group", channel)
    for number in range(1500):
        await layer.group_send("group", {"type": "reply.grew", "message": str(number)})

    assert await layer.receive(channel) == LOOK_AGAIN
    assert (await layer.receive(channel))["message"] == "1000"
    while (await layer.receive(channel))["message"] != "1499":
        pass
    await layer.group_send("group", {"type": "conversation.changed"})
    assert (await layer.receive(channel))["type"] == "conversation.changed"
