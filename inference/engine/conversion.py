"""Turn one packed weights file into a folder that transformers loads.

`python -m inference.engine.conversion SOURCE TARGET` prints lines for the process that started it:
`progress PERCENT`, `note SENTENCE` and `error SENTENCE`. With `--until-stdin-closes` it ends when that
process does.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import torch
from gguf import GGUFReader
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from inference.engine.packed_e5 import read_packed_e5

UNTIL_STDIN_CLOSES = "--until-stdin-closes"
FLOAT16_LIMIT = torch.finfo(torch.float16).max
SHARD_SIZE = "4GB"
# llama.cpp's names for tokenizers that split every digit off before byte-level merges; transformers reads the
# merges of a GGUF file but not this rule.
SINGLE_DIGIT_RULES = frozenset({"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone"})


class ConversionError(Exception):
    """The file cannot be converted; the message is one sentence."""


def convert(source: Path, target: Path) -> None:
    """Write the model and its tokenizer into `target`. Raises ConversionError for an unknown format."""
    with source.open("rb") as file:
        magic = file.read(4)
    if magic == b"GGUF":
        convert_gguf(source, target)
    elif magic == b"E5S1":
        _progress(10)
        model, tokenizer = read_packed_e5(source)
        _progress(60)
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
    else:
        raise ConversionError(f"{source.name} is neither a GGUF file nor a packed e5 encoder.")
    _progress(100)


def convert_gguf(source: Path, target: Path) -> None:
    """Dequantise a GGUF file into safetensors.

    The weights are stored as float16. The scales of GGUF's 4- to 8-bit blocks are float16 themselves, and its
    11 bits of precision keep the products of scale and level nearer to float32 than bfloat16's 8 bits do;
    bfloat16 is the way out only for weights beyond float16's range. docs/models.md has the measured figures.
    """
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    split_digits(tokenizer, source)
    _progress(20)
    model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    _progress(70)
    largest = max(float(weight.abs().max()) for weight in model.state_dict().values())
    dtype = torch.float16 if largest <= FLOAT16_LIMIT else torch.bfloat16
    print(f"note The weights are stored as {str(dtype).removeprefix('torch.')}.", flush=True)
    _as_plain_model(model, dtype).save_pretrained(target, max_shard_size=SHARD_SIZE)
    tokenizer.save_pretrained(target)


def split_digits(tokenizer: PreTrainedTokenizerFast, source: Path) -> None:
    """Give the tokenizer the digit rule that the GGUF file names (`tokenizer.ggml.pre`)."""
    rule = _pre_tokenizer_name(source)
    backend = tokenizer.backend_tokenizer
    if rule in SINGLE_DIGIT_RULES and isinstance(backend.pre_tokenizer, pre_tokenizers.ByteLevel):
        digits = pre_tokenizers.Digits(individual_digits=True)
        backend.pre_tokenizer = pre_tokenizers.Sequence([digits, backend.pre_tokenizer])


def _pre_tokenizer_name(source: Path) -> str:

    field = GGUFReader(source).get_field("tokenizer.ggml.pre")
    return str(field.contents()) if field is not None else ""


def _as_plain_model(model: PreTrainedModel, dtype: torch.dtype) -> PreTrainedModel:
    """The model as if it had never been quantised: no trace of the GGUF file in its configuration."""
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    return model.to(dtype)


def _progress(percent: int) -> None:
    print(f"progress {percent}", flush=True)


def _end_with_the_parent() -> None:
    """Standard input ends when the process that started this one does, however that came about."""
    # Not by sys.stdin: the interpreter cannot end in good order while a thread holds its buffer.
    while os.read(0, 1024):
        pass
    os._exit(1)


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    source, target, *options = sys.argv[1:]
    if UNTIL_STDIN_CLOSES in options:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        convert(Path(source), Path(target))
    except ConversionError as error:
        print(f"error {error}", flush=True)
    except MemoryError:
        print("error There is too little memory to convert this model.", flush=True)
    except OSError as error:
        print(f"error The conversion could not write its files: {os.strerror(error.errno or 0)}.", flush=True)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
