"""An encoder whose word embedding stays in its file gives the same vectors, whatever the file's format."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModel, BertConfig, BertModel

from inference.engine.mapped_embedding import MappedEmbedding, in_dtype, stored_dtype

IDS = torch.tensor([[1, 5, 9, 0], [2, 2, 63, 7]])


def write(folder: Path, dtype: torch.dtype) -> BertModel:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2
    )
    network = BertModel(config, add_pooling_layer=False).to(dtype)
    network.save_pretrained(folder)
    return network


def hidden(network: torch.nn.Module) -> torch.Tensor:
    with torch.inference_mode():
        return network.eval()(input_ids=IDS).last_hidden_state


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_the_vectors_are_those_of_float32(tmp_path: Path, dtype: torch.dtype) -> None:
    write(tmp_path, dtype)
    assert stored_dtype(tmp_path) == dtype
    whole = AutoModel.from_pretrained(tmp_path, dtype=torch.float32, add_pooling_layer=False)
    stored = AutoModel.from_pretrained(tmp_path, dtype=dtype, add_pooling_layer=False)
    mapped = in_dtype(stored, torch.float32)

    embedding = mapped.get_input_embeddings()
    assert isinstance(embedding, MappedEmbedding) and embedding.table.dtype == dtype
    assert {parameter.dtype for parameter in mapped.parameters()} == {torch.float32}
    assert (hidden(mapped) - hidden(whole)).abs().max() < 1e-6


def test_a_file_of_several_formats_is_read_as_float32(tmp_path: Path) -> None:
    network = write(tmp_path, torch.float16)
    network.encoder.layer[0].float()
    network.save_pretrained(tmp_path)

    assert stored_dtype(tmp_path) == torch.float32


def test_an_embedding_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    class Scaled(torch.nn.Embedding):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return 3 * super().forward(input)

    network = write(tmp_path, torch.float16)
    network.set_input_embeddings(Scaled(64, 32, dtype=torch.float16))

    assert isinstance(in_dtype(network, torch.float32).get_input_embeddings(), Scaled)
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
