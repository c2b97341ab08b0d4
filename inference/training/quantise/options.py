"""The settings of quantisation."""

from inference.training.option import Option

OPTIONS = (
    Option("bits", "int4", "How weights are stored: in 8 bits or in 4.", choices=("int8", "int4")),
    Option(
        "rounding",
        "gptq",
        "How 4-bit levels are chosen: so that later weights make up for it, or each as the nearest; 8 bits "
        "take the nearest.",
        choices=("gptq", "nearest"),
    ),
    Option(
        "sample_tokens",
        32768,
        "Tokens of the dialogues that show which inputs count; gptq only.",
        least=64,
        most=1e6,
    ),
    Option("longest", 512, "Tokens of a dialogue that are read, the last ones.", least=32, most=8192),
    Option("measure", True, "Whether speed and memory are measured before and after."),
)
