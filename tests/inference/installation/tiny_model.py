"""A model folder of a few kilobytes, complete in form."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def write_tiny_model(folder: Path, architecture: str = "LlamaForCausalLM", seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = {"architectures": [architecture], "model_type": "llama", "max_position_embeddings": 128}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text("{}")
    weights = np.random.default_rng(seed).standard_normal((4, 8)).astype(np.float16)
    save_file({"embeddings": weights, "norm": weights[0]}, folder / "model.safetensors")
    return folder
