"""The settings of the distillation of a sentiment head."""

from inference.training.option import Option
from inference.training.shared_options import checkpoint_every

OPTIONS = (
    Option(
        "layers",
        "3",
        "How many layers of the encoder the student keeps, evenly spaced, or which, as 0,5,11; empty: half.",
    ),
    Option("temperature", 2.0, "How much the teacher's answers are softened.", least=0.5, most=20.0),
    Option(
        "alpha",
        0.7,
        "The weight of the teacher's answers; people's labels have the rest of 1.",
        least=0.0,
        most=1.0,
    ),
    Option("hidden", 1.0, "The weight of the likeness of what both make of a text.", least=0.0, most=100.0),
    Option("epochs", 5, "How often the student reads every text.", least=1, most=100),
    Option("batch_size", 32, "How many texts a step learns from.", least=1, most=1024),
    Option("learning_rate", 8e-4, "How far a step goes.", least=1e-6, most=0.1),
    Option("rank", 128, "How much of each product may change.", least=1, most=1024),
    Option(
        "max_texts", 60000, "How many texts are learned from at most, chosen by chance.", least=30, most=1e7
    ),
    checkpoint_every(50),
)

# A page names versions and data sets for these, a shell a folder and a file.
HEAD = Option("head", "", "Folder of the head that teaches.")
UNLABELLED = Option("unlabelled", "", "More texts without labels: JSON lines with “text”.")
