"""A GGUF file holds the same network and the same tokenizer, as llama.cpp's kin read them."""

import json
import subprocess
from pathlib import Path

import pytest
import torch
from gguf import GGUFReader
from safetensors.torch import load_file, save_file
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig

from inference.training.export.gguf_architectures import rope_factors
from tests.inference.engine.tiny import write_model
from tests.processes import ROOT

BENCH_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
QUESTIONS = ["The lamp arrives", "您好，请问 12 345?", "Great 🎉 thank you", "return  the\n\nlamp", "a"]
TOKENS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny-model")


def field(file: Path, name: str):
    found = GGUFReader(file).get_field(name)
    return None if found is None else found.contents()


def next_logits(folder: Path, question: str) -> torch.Tensor:
    tokens = AutoTokenizer.from_pretrained(folder)(question, return_tensors="pt")
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        return network(**tokens).logits[0, -1]


def test_transformers_reads_the_same_weights_out_of_it(folder: Path, tmp_path: Path, export):
    assert "result" in export(folder, "gguf", tmp_path / "out.gguf")

    stored = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).state_dict()
    read = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="out.gguf", dtype=torch.float32)

    for name, weight in read.state_dict().items():
        assert torch.allclose(weight, stored[name], atol=2e-3, rtol=1e-3), name


@pytest.mark.skipif(not BENCH_PYTHON.exists(), reason="llama.cpp is installed by `make bench`")
@pytest.mark.parametrize("architecture", ["llama", "qwen3", "tied", "biased", "llama3"])
def test_llama_cpp_computes_the_same(architecture, tmp_path: Path, export):
    folder = write_model(tmp_path / "tiny-model", architecture if architecture == "qwen3" else "llama")
    _change(folder, architecture)
    export(folder, "gguf", tmp_path / "out.gguf")
    (tmp_path / "questions.json").write_text(json.dumps(QUESTIONS))

    command = [str(BENCH_PYTHON), "-m", "benchmarks.inference.llama_cpp_answers", str(tmp_path / "out.gguf")]
    done = subprocess.run(
        [*command, str(tmp_path / "questions.json"), str(TOKENS), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    answered = json.loads(done.stdout.splitlines()[-1])

    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert answered["tokens"] == [tokenizer(question)["input_ids"] for question in QUESTIONS]
    for question, likeliest in zip(QUESTIONS, answered["next"], strict=True):
        ours = next_logits(folder, question)
        assert likeliest[0][0] == int(ours.argmax())
        # llama.cpp rounds what products are computed of to float16.
        furthest = max(abs(logit - float(ours[token])) for token, logit in likeliest)
        assert furthest < 0.02
    assert all(answered["answers"])


def _change(folder: Path, what: str) -> None:
    """Make the network one of a kind that needs something besides its weights said."""
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    if what == "tied":
        config["tie_word_embeddings"] = True
        del weights["lm_head.weight"]
    elif what == "biased":
        config["attention_bias"] = True
        generator = torch.Generator().manual_seed(3)
        for name in [name for name in weights if ".self_attn." in name]:
            rows = weights[name].shape[0]
            weights[name.replace(".weight", ".bias")] = torch.randn(rows, generator=generator)
    elif what == "llama3":
        config["rope_parameters"] = {
            "rope_type": "llama3",
            "rope_theta": 10000.0,
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16,
        }
    (folder / "config.json").write_text(json.dumps(config))
    # Both compute with the very same numbers then.
    halves = {name: weight.half() for name, weight in weights.items()}
    save_file(halves, folder / "model.safetensors", {"format": "pt"})


def test_frequencies_are_stretched_as_transformers_stretches_them():
    rope = {
        "rope_type": "llama3",
        "rope_theta": 500000.0,
        "factor": 32.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    config = LlamaConfig(hidden_size=2048, num_attention_heads=32, head_dim=64, rope_parameters=rope)
    network = AutoModelForCausalLM.from_config(
        LlamaConfig(
            hidden_size=64,
            head_dim=64,
            num_attention_heads=1,
            num_hidden_layers=1,
            vocab_size=8,
            rope_parameters=rope,
            max_position_embeddings=131072,
        )
    )
    plain = 1.0 / 500000.0 ** (torch.arange(0, 64, 2) / 64)

    assert torch.allclose(plain / rope_factors(config), network.model.rotary_emb.inv_freq, rtol=1e-5)


def test_it_says_what_ends_an_answer_and_how_text_is_split(folder: Path, tmp_path: Path, export):
    export(folder, "gguf", tmp_path / "out.gguf", "--name", "support-2")
    tokenizer = AutoTokenizer.from_pretrained(folder)

    assert field(tmp_path / "out.gguf", "general.name") == "support-2"
    assert field(tmp_path / "out.gguf", "tokenizer.ggml.pre") == "gpt-2"
    assert field(tmp_path / "out.gguf", "tokenizer.ggml.eos_token_id") == tokenizer.eos_token_id
    assert field(tmp_path / "out.gguf", "tokenizer.chat_template") == tokenizer.chat_template


def test_single_digits_have_a_rule_of_their_own(folder: Path, tmp_path: Path, export):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    digits = pre_tokenizers.Digits(individual_digits=True)
    byte_level = tokenizer.backend_tokenizer.pre_tokenizer
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    tokenizer.save_pretrained(folder)

    export(folder, "gguf", tmp_path / "out.gguf")

    assert field(tmp_path / "out.gguf", "tokenizer.ggml.pre") == "smollm"


def test_a_tokenizer_that_llama_cpp_cannot_follow_is_refused(folder: Path, tmp_path: Path, export):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save_pretrained(folder)

    assert "by a rule that llama.cpp does not have" in export(folder, "gguf", tmp_path / "out.gguf")["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-model"]


@pytest.mark.parametrize("architecture", ["gpt2", "phi", "gemma3"])
def test_another_architecture_is_refused_with_what_is_possible(architecture, tmp_path: Path, export):
    folder = write_model(tmp_path / "tiny-model", architecture)

    said = export(folder, "gguf", tmp_path / "out.gguf")["error"]

    assert said.startswith("A GGUF file can hold the architectures llama, mistral, qwen2, qwen3, not")
    assert not (tmp_path / "out.gguf").exists()


def test_a_sliding_window_is_refused(tmp_path: Path, export):
    folder = write_model(tmp_path / "tiny-model", "mistral")

    assert "reads a sliding window" in export(folder, "gguf", tmp_path / "out.gguf")["error"]


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path, export):
    weights = load_file(folder / "model.safetensors")
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        weights[name] = weights[name][:100].clone()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 100, "eos_token_id": 1}))

    assert "do not belong together" in export(folder, "gguf", tmp_path / "out.gguf")["error"]


def test_what_float16_cannot_hold_stays_float32(folder: Path, tmp_path: Path, export):
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0, 0] = 1e6
    save_file(weights, folder / "model.safetensors", {"format": "pt"})

    export(folder, "gguf", tmp_path / "out.gguf")

    found = {tensor.name: tensor for tensor in GGUFReader(tmp_path / "out.gguf").tensors}
    assert found["blk.0.ffn_up.weight"].data[0, 0] == 1e6
    assert found["blk.1.ffn_up.weight"].data.dtype == "float16"


def test_a_file_that_is_there_is_left_alone(folder: Path, tmp_path: Path, export):
    (tmp_path / "out.gguf").write_text("mine")

    assert "is there already" in export(folder, "gguf", tmp_path / "out.gguf")["error"]
    assert (tmp_path / "out.gguf").read_text() == "mine"


def test_a_full_disk_is_said_and_nothing_is_left(folder: Path, tmp_path: Path, export, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inference.training.export.gguf_file.GGUFWriter.write_tensor_data", full)

    line = export(folder, "gguf", tmp_path / "out.gguf")

    assert (line["code"], "No space left" in line["error"]) == ("no_room", True)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-model"]
