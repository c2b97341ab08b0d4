"""The settings of pruning."""

from inference.training.option import Option
from inference.training.recovery_options import METHOD, RECOVERY

OPTIONS = (
    Option(
        "what",
        "layers",
        "Take out whole layers or attention heads, which makes it faster, or single weights, which does not.",
        choices=("layers", "heads", "weights"),
    ),
    Option("share", 0.2, "How much of them is taken out.", least=0.01, most=0.9),
    Option(
        "importance",
        "loss",
        "How layers are chosen: by the loss without each in turn, or by how little each changes: quick.",
        choices=("loss", "influence"),
    ),
    Option(
        "sample_tokens", 512, "Tokens of the dialogues on which importance is measured.", least=32, most=1e6
    ),
    METHOD,
    *RECOVERY,
)
