"""Low-rank adapters on every product of a language model, by peft."""

from __future__ import annotations

from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel

from inference.training.language.networks import BadNetwork


def adapt(
    network: PreTrainedModel, rank: int, dropout: float, seed: int, *, second_only: bool = False
) -> PeftModel:
    """Freeze `network` and put adapters of `rank` into it, the only ones that learn from now on.

    LoRA is Hu et al. 2021, https://arxiv.org/abs/2106.09685, and it lies on all products but the last as
    Dettmers et al. 2023, https://arxiv.org/abs/2305.14314, section 5, found necessary. The second factor
    starts at zero, so that nothing changes at first; what is learnt is scaled by alpha / rank with alpha
    twice the rank. With `second_only` the first factor stays as it began (Sun et al. 2024,
    https://arxiv.org/abs/2403.12313): noise in both would be multiplied with itself. The same seed gives the
    same adapters. Raises BadNetwork.
    """
    torch.manual_seed(seed)
    settings = LoraConfig(
        task_type="CAUSAL_LM",
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=dropout,
        target_modules="all-linear",
    )
    try:
        adapted = get_peft_model(network, settings)
    except ValueError as error:
        raise BadNetwork(f"Adapters do not fit this model: {error}") from error
    if second_only:
        for name, parameter in adapted.named_parameters():
            if "lora_A" in name:
                parameter.requires_grad_(False)
    return adapted


def merged(adapted: PeftModel) -> PreTrainedModel:
    """The network with what its adapters learnt added to its weights, without them."""
    return adapted.merge_and_unload()


def write_adapters(adapted: PeftModel, folder: Path) -> None:
    """Write the adapters alone, as peft reads them, in safetensors, without where the base lies here."""
    adapted.peft_config["default"].base_model_name_or_path = ""
    adapted.save_pretrained(folder, safe_serialization=True)
