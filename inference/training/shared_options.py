"""Settings that several programs of training have alike."""

from inference.training.option import Option

PRECISION = Option(
    "precision",
    "auto",
    "Number format of the products; auto is bf16 where the machine multiplies it.",
    choices=("auto", "bf16", "fp32"),
)


def checkpoint_every(steps: int) -> Option:
    """How often a training is saved, by default after so many steps."""
    return Option("checkpoint_every", steps, "Steps from one checkpoint to the next.", least=1, most=10000)
