"""What the evaluation program is told beside folders."""

from inference.training.option import Option

MEASURES = ("perplexity", "likeness", "refusals", "speed", "labels", "retrieval")

OPTIONS = (
    Option("most", 100, "How many examples of each measure, at most.", least=1, most=100_000),
    Option("threads", 0, "Threads to compute with; 0: as many as the engine takes.", least=0, most=1024),
    Option(
        "precision",
        "auto",
        "The number format of the engine.",
        choices=("auto", "fp32", "fp16", "bf16", "int8", "int4"),
    ),
)
