"""The settings of fine-tuning."""

from inference.training.option import Option
from inference.training.shared_options import PRECISION, checkpoint_every

# What suits each method where no rate is named.
LEARNING_RATES = {"lora": 1e-3, "full": 1e-4}

OPTIONS = (
    Option("method", "lora", "Learn small adapters, or every weight of the model.", choices=("lora", "full")),
    Option("epochs", 2.0, "How often every dialogue is read.", least=0.01, most=100),
    Option(
        "learning_rate",
        0.0,
        "How far a step goes; 0 takes what suits the method: 0.001 for lora, 0.0001 for full.",
        least=0,
        most=1,
    ),
    Option("rank", 16, "How much adapters can learn; lora only.", least=1, most=256),
    Option("dropout", 0.0, "Share of the adapters' input left out by chance; lora only.", least=0, most=0.9),
    Option("tokens_at_once", 1024, "Tokens in a batch; fewer take less memory.", least=64, most=65536),
    Option("accumulate", 1, "Batches in a step.", least=1, most=1024),
    Option("longest", 1024, "Tokens of a dialogue that are read, the last ones.", least=32, most=8192),
    Option("weight_decay", 0.0, "How strongly weights are drawn to nothing.", least=0, most=1),
    checkpoint_every(25),
    PRECISION,
    Option("keep_adapters", False, "Also write the adapters by themselves; lora only."),
)
