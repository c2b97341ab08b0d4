"""The settings of the distillation of a language model."""

from inference.training.option import Option
from inference.training.shared_options import checkpoint_every

OPTIONS = (
    Option(
        "layers",
        "",
        "How many layers of the base the student keeps, evenly spaced, or which, as 0,2,4; empty: half.",
    ),
    Option("temperature", 2.0, "How much the teacher's answers are softened.", least=0.5, most=20.0),
    Option(
        "alpha",
        0.5,
        "The weight of the teacher's answers; the real ones have the rest of 1.",
        least=0,
        most=1,
    ),
    Option("hidden", 2.0, "The weight of the likeness of hidden states; 0 for none.", least=0.0, most=1000.0),
    Option("hidden_loss", "cosine", "How hidden states are compared.", choices=("cosine", "mse")),
    Option("epochs", 3.0, "How often every dialogue is read.", least=0.01, most=1000.0),
    Option("steps", 0, "How many steps are made; 0: as many as the epochs need.", least=0, most=1e7),
    Option("tokens_at_once", 1024, "How many tokens a step reads.", least=16, most=1e6),
    Option("longest", 512, "Longer dialogues lose their first turns.", least=16, most=1e6),
    Option("learning_rate", 4e-4, "How far a step goes.", least=1e-7, most=0.1),
    checkpoint_every(20),
    Option("precision", "auto", "The number format of products.", choices=("auto", "bf16", "fp32")),
    Option("control", False, "Also train the same student without the teacher, to see what that is worth."),
)

# A page offers versions for it, a shell a folder.
TEACHER = Option("teacher", "", "Folder of the teacher; empty: the base itself teaches.")
