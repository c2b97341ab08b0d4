"""The settings of private fine-tuning."""

from inference.training.option import Option
from inference.training.shared_options import PRECISION, checkpoint_every

OPTIONS = (
    Option(
        "epsilon",
        8.0,
        "The budget: how much the model may tell of any one conversation; less is more private.",
        least=0.1,
        most=100,
    ),
    Option(
        "delta",
        0.0,
        "The chance at which the budget may not hold; 0 takes half of one in as many as there are dialogues.",
        least=0,
        most=0.1,
    ),
    Option("epochs", 4.0, "How often every dialogue is read, on average.", least=0.1, most=100),
    Option(
        "dialogues_at_once",
        256,
        "Dialogues in a step, on average; more need less noise.",
        least=2,
        most=65536,
    ),
    Option("learning_rate", 2e-2, "How far a step goes.", least=1e-6, most=1),
    Option("clip", 1.0, "The longest gradient that one dialogue may have.", least=1e-4, most=1000),
    Option("rank", 8, "How much adapters can learn; fewer need less noise.", least=1, most=256),
    Option("tokens_at_once", 1024, "Tokens computed together; fewer take less memory.", least=64, most=65536),
    Option("longest", 1024, "Tokens of a dialogue that are read, the last ones.", least=32, most=8192),
    checkpoint_every(2),
    PRECISION,
    Option(
        "compare",
        True,
        "Also fine-tune without privacy, and throw that model away, to show what it would have given away.",
    ),
)
