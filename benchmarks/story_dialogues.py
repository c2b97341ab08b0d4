"""Dialogues of a small shop's service, as a company would import them, with what has to be cleaned away."""

import itertools
import json
from pathlib import Path

LAMPS = ("Heron desk lamp", "Morel table lamp", "Lantern floor lamp", "Globe pendant", "Arc lamp")
QUESTIONS = (
    (
        "The shade of my {} is broken.",
        "I am sorry. Send us a photo, and a new shade of the {} is on its way.",
    ),
    ("My {} has not arrived yet.", "Parcels take three working days. Tell me your order number, please."),
    (
        "Can I return the {}?",
        "Yes, within thirty days. Put the {} in its box and print the label we send you.",
    ),
    ("Which bulb does the {} need?", "The {} takes an E14 bulb of at most nine watts."),
    ("Is the {} dimmable?", "With a dimmable bulb it is. The {} has no dimmer of its own."),
    ("Do you ship the {} to Austria?", "We do, for nine euros, and the {} arrives within five days."),
    ("The cable of my {} is too short.", "An extension of two metres for the {} costs eight euros."),
    ("How do I clean the {}?", "Unplug the {}, let it cool down, and wipe it with a dry cloth."),
)
OPENINGS = ("Hello!", "Hi, a question.", "Good morning.")


def write_dialogues(folder: Path) -> Path:
    """Write the file and return it: 120 dialogues, a tenth of them twice, and one with a person's address."""
    lines = []
    for number, (opening, lamp, (question, answer)) in enumerate(
        itertools.product(OPENINGS, LAMPS, QUESTIONS), start=1
    ):
        messages = [
            {"role": "user", "content": f"{opening} {question.format(lamp)}"},
            {"role": "assistant", "content": answer.format(lamp)},
            {"role": "user", "content": "Thank you!"},
            {"role": "assistant", "content": f"You are welcome. Enjoy your {lamp}."},
        ]
        lines.append({"conversation": f"story-{number}", "language": "en", "messages": messages})
    repeated = [{**line, "conversation": f"again-{index}"} for index, line in enumerate(lines[:12])]
    personal = {
        "conversation": "personal",
        "messages": [
            {"role": "user", "content": "I am Ada Byron, ada.byron@mail.example, +44 20 7946 0958. My lamp?"},
            {
                "role": "assistant",
                "content": "Thank you, Ada Byron. I have written to ada.byron@mail.example.",
            },
        ],
    }
    file = folder / "dialogues.jsonl"
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in [*lines, *repeated, personal])
    file.write_text(text + "\n", encoding="utf-8")
    return file
