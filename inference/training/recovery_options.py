"""The settings of the training in which a model gets over what was taken from it."""

from inference.training.option import Option
from inference.training.shared_options import PRECISION, checkpoint_every

METHOD = Option(
    "method",
    "full",
    "Let every weight learn, or adapters that take less memory.",
    choices=("full", "lora"),
)

RECOVERY = (
    Option("epochs", 3.0, "How often every dialogue is read; 0 leaves recovery out.", least=0, most=100),
    Option(
        "teacher",
        True,
        "Whether the original model tells what it would answer; a step takes longer then.",
    ),
    Option("learning_rate", 2e-4, "How far a step goes.", least=1e-7, most=1),
    Option("tokens_at_once", 1024, "Tokens in a step; fewer take less memory.", least=64, most=65536),
    Option("longest", 512, "Tokens of a dialogue that are read, the last ones.", least=32, most=8192),
    checkpoint_every(25),
    PRECISION,
    Option("measure", True, "Whether speed and memory are measured before and after."),
)
