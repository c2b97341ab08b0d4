"""The head that ships, on the encoder that a default installation has."""

from pathlib import Path

import pytest

from inference.engine.sentiment_network import SentimentNetwork, load_network

SHIPPED = Path(__file__).parents[2] / "inference" / "heads" / "sentiment"


@pytest.fixture(scope="module")
def network(real_encoder: Path) -> SentimentNetwork:
    return load_network(real_encoder, SHIPPED)


@pytest.mark.parametrize(
    ("label", "texts"),
    [
        (
            "negative",
            [
                "This is the worst service I have ever had.",
                "my parcel arrived broken and nobody answers the phone",
                "等了两个小时才送到，饭都凉了",
                "难吃死了，再也不点了",
                "😡😡😡",
            ],
        ),
        (
            "positive",
            [
                "Thank you so much, that was quick!",
                "I love the new lamp, great quality",
                "味道不错，送得也快",
                "服务态度很好，下次还来",
                "😍❤️",
            ],
        ),
        (
            "neutral",
            [
                "What time do you open on Saturday?",
                "My order number is 88213",
                "How do I change my address",
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_plain_messages_are_judged_as_people_judge_them(
    network: SentimentNetwork, label: str, texts: list[str]
):
    judged = {text: network.label_of(row) for text, row in zip(texts, network.classify(texts), strict=True)}
    assert judged == dict.fromkeys(texts, label)


def test_odd_messages_get_probabilities_too(network: SentimentNetwork):
    for row in network.classify(["", " ", "🙂" * 3000, "great " * 1700, "\u0000\u200b", "。。。"]):
        assert sum(row) == pytest.approx(1, abs=1e-4)


def test_what_nobody_wrote_has_no_strong_feeling(network: SentimentNetwork):
    (row,) = network.classify([""])
    assert abs(row[2] - row[0]) < 0.5
