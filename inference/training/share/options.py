"""The settings of sharing."""

from inference.training.option import Option
from inference.training.recovery_options import RECOVERY

OPTIONS = (
    Option(
        "what",
        "layers",
        "What two neighbours share: all matrices, only those of the attention, or only those after it.",
        choices=("layers", "attention", "mlp"),
    ),
    Option("saving", 0.31, "How much of all parameters is saved at least.", least=0.01, most=0.5),
    Option(
        "start",
        "mean",
        "What a pair begins with: the mean of the two, or what the first or the second of them had.",
        choices=("mean", "first", "second"),
    ),
    Option("sample_tokens", 512, "Tokens of the dialogues on which pairs are chosen.", least=32, most=1e6),
    *RECOVERY,
)
