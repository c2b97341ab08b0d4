"""Which of tonight's groups is which of last night's topics. No Django here."""

from collections import Counter
from collections.abc import Mapping, Sequence

# A group is a topic's if it holds this share of the topic's questions that are still looked at, or if this
# share of its own questions was the topic's.
_ENOUGH = 0.3


def match(groups: Mapping[int, Sequence[int]], topic_of: Mapping[int, int]) -> dict[int, int]:
    """Return the topic of each group that continues one.

    `groups` are the keys of questions by a group's number, `topic_of` the topics that questions had. Each
    topic goes to one group at most and each group to one topic, the largest overlap first. What two nights
    have in common are the questions themselves: 27 of 28 nights' are the same, and another encoder changes
    nothing in them.
    """
    sizes = Counter(topic_of[key] for keys in groups.values() for key in keys if key in topic_of)
    overlaps = [
        (shared, -topic, -number)
        for number, keys in groups.items()
        for topic, shared in Counter(topic_of[key] for key in keys if key in topic_of).items()
        if shared >= _ENOUGH * min(sizes[topic], len(keys))
    ]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _shared, minus_topic, minus_number in sorted(overlaps, reverse=True):
        topic, number = -minus_topic, -minus_number
        if number not in found and topic not in taken:
            found[number] = topic
            taken.add(topic)
    return found
