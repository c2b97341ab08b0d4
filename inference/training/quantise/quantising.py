"""Pack the weights of a network into 8 or 4 bits and store them as the kernels read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from transformers import PreTrainedModel

from inference.engine.native.modules import matrices_of
from inference.engine.native.network import Unserved, check
from inference.engine.native.packed_file import biases_of, is_packed, write_packed
from inference.engine.native.packing import PackedMatrix, Precision, pack, pack_levels
from inference.engine.stored_networks import write_configuration
from inference.training.language.dialogues import read_data
from inference.training.language.examples import encode
from inference.training.language.measured import before_and_after
from inference.training.language.networks import BadNetwork, bytes_of, read_network, read_tokenizer
from inference.training.language.program import Asked
from inference.training.language.sample import sample_of
from inference.training.language.served_perplexity import served_perplexity_of
from inference.training.output import Tell
from inference.training.quantise.gptq import round_layers
from inference.training.refusal import no_room

# Few numbers decide much in the output layer and the word table.
LAST = frozenset({"embedding", "head"})


@torch.inference_mode()
def quantise(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the packed model into `folder` and return its figures; raises what Refusal covers.

    Perplexities are those of the test dialogues by the engine: of the base in float32, and of the packed
    file. Word table and output layer keep 8 bits, and so does what GPTQ leaves alone.
    """
    values, precision = asked.values, cast(Precision, asked.values["bits"])
    if is_packed(asked.base):
        raise BadNetwork("This model is quantised already: begin with the model before that.")
    network, tokenizer = read_network(asked.base), read_tokenizer(asked.base)
    try:
        check(network.config.get_text_config())
    except Unserved as reason:
        raise BadNetwork(f"The engine's kernels do not serve this model packed: {reason}.") from reason
    data = read_data(asked.data)
    test = encode(data.test, tokenizer, values["longest"])
    with_gptq = precision == "int4" and values["rounding"] == "gptq"
    chosen: dict[str, PackedMatrix] = {}
    if with_gptq:
        sample = sample_of(
            encode(data.train, tokenizer, values["longest"]), values["sample_tokens"], asked.seed
        )
        for name, (grid, rows, columns) in round_layers(network, sample, tell).items():
            chosen[name] = pack_levels(grid, rows, columns)
    matrices = {
        name: chosen.get(name) or _packed(modules, "int8" if with_gptq or name in LAST else precision)
        for name, modules in matrices_of(network).items()
    }
    parameters = sum(weight.numel() for weight in network.parameters())
    _write(network, matrices, precision, folder)
    tokenizer.save_pretrained(folder)
    del network, matrices, chosen
    threads = torch.get_num_threads()
    tell({"text": "The perplexity is measured as the engine computes it, before and after."})
    before = served_perplexity_of(asked.base, test, "fp32", threads)
    after = served_perplexity_of(folder, test, "auto", threads)
    measured = before_and_after(asked.base, folder, tell, same_precision=False) if values["measure"] else {}
    return {
        "perplexity_before": round(before.value, 4),
        "perplexity_after": round(after.value, 4),
        "perplexity_ratio": round(after.value / before.value, 4),
        "bits": precision,
        "rounding": "gptq" if with_gptq else "nearest",
        "parameters": parameters,
        "bytes_before": bytes_of(asked.base),
        "bytes": bytes_of(folder),
        **measured,
        "test_tokens": after.tokens,
        "seed": asked.seed,
    }


def _packed(modules: list[Any], precision: Precision) -> PackedMatrix:
    return pack(torch.cat([module.weight for module in modules]), precision, biases_of(modules))


def _write(
    network: PreTrainedModel, matrices: dict[str, PackedMatrix], precision: Precision, folder: Path
) -> None:
    """Raises NoRoom."""
    packed = {id(module.weight) for modules in matrices_of(network).values() for module in modules}
    plain = {
        name: weight.detach().float().contiguous()
        for name, weight in network.named_parameters()
        if id(weight) not in packed
    }
    try:
        write_configuration(network, folder)
        write_packed(folder, matrices, plain, precision)
    except (OSError, SafetensorError) as error:
        raise no_room(f"The model in {folder}", error, "Nothing was kept of it.") from error
