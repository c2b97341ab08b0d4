"""What exports are compared with: `python -m benchmarks.exports_child WHAT ...`, which alone loads torch.

`answers FOLDER QUESTIONS TOKENS` is the greedy text of transformers in float32; `vectors ENCODER ONNX
QUESTIONS` and `labels ENCODER HEAD ONNX QUESTIONS` are the largest difference to what onnxruntime computes.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
import onnxruntime
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.engine.encoder import Encoder, stored_network
from inference.engine.mapped_embedding import in_dtype
from inference.engine.sentiment_network import load_network


def answers(folder: str, questions: str, tokens: str) -> dict[str, Any]:
    """The answers of the exported folder, by transformers alone."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    found, read = [], []
    for question in _questions(questions):
        messages = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        drawn = network.generate(**prompt, max_new_tokens=int(tokens), do_sample=False)
        found.append(tokenizer.decode(drawn[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True))
        read.append(tokenizer(question)["input_ids"])
    return {"answers": found, "tokens": read}


def vectors(encoder: str, onnx: str, questions: str) -> dict[str, Any]:
    """How far a number of a vector is from the engine's in float32."""
    network = Encoder(Path(encoder))
    # The engine may compute in bfloat16 here.
    network._model = in_dtype(stored_network(Path(encoder)), torch.float32)
    facts = json.loads((Path(encoder) / "encoder.json").read_text(encoding="utf-8"))
    texts = _questions(questions)
    theirs = _computed(Path(onnx), [facts["query_prefix"] + text for text in texts], facts["max_tokens"])
    return {"difference": float(numpy.abs(numpy.array(network.embed(texts).vectors) - theirs).max())}


def labels(encoder: str, head: str, onnx: str, questions: str) -> dict[str, Any]:
    """How far a probability is from the engine's in float32."""
    network = load_network(Path(encoder), Path(head), torch.float32)
    texts = _questions(questions)
    theirs = _computed(Path(onnx), texts, network.max_tokens)
    return {"difference": float(numpy.abs(numpy.array(network.classify(texts)) - theirs).max())}


def _computed(folder: Path, texts: Sequence[str], longest: int) -> Any:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(longest)
    tokenizer.enable_padding(pad_id=tokenizer.token_to_id("<pad>") or 0)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    read = tokenizer.encode_batch(list(texts))
    inputs = {
        "input_ids": numpy.array([each.ids for each in read], dtype=numpy.int64),
        "attention_mask": numpy.array([each.attention_mask for each in read], dtype=numpy.int64),
    }
    return session.run(None, inputs)[0]


def _questions(file: str) -> list[str]:
    found: list[str] = json.loads(Path(file).read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    measures: dict[str, Callable[..., dict[str, Any]]]
    measures = {"answers": answers, "vectors": vectors, "labels": labels}
    what = measures[sys.argv[1]]
    print(json.dumps(what(*sys.argv[2:])), flush=True)
