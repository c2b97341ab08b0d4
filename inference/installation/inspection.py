"""What a model's own files say about it, for models that the catalog does not know."""

from pathlib import Path
from typing import Any

from inference.catalog import Encoding, Kind, Pooling
from inference.installation.errors import InstallationError
from inference.installation.json_files import read_json

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "vocab.txt",
    "vocab.json",
)


def config_of(folder: Path) -> dict[str, Any]:
    """The model's config.json. Raises InstallationError where it is missing or not an object."""
    path = folder / "config.json"
    if not path.is_file():
        raise InstallationError("The model is incomplete: config.json is missing.")
    config = read_json(path)
    if not isinstance(config, dict):
        raise InstallationError("config.json is not valid; the model is incomplete or broken.")
    return config


def kind_of(folder: Path) -> Kind:
    """Whether the model writes text, encodes it or ranks it, by the architecture that it names."""
    architectures = [str(name) for name in config_of(folder).get("architectures") or []]
    if any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in architectures):
        return "language"
    if any(name.endswith("ForSequenceClassification") for name in architectures):
        return "reranker"
    if any(name.endswith("Model") for name in architectures) or (folder / "1_Pooling").is_dir():
        return "encoder"
    raise InstallationError(
        f"It is not clear what this model is for (architecture: {', '.join(architectures) or 'none named'}); "
        "say --kind language, --kind encoder or --kind reranker."
    )


def require_one_output(folder: Path) -> None:
    """Raise InstallationError unless the classifier gives one number, as one that ranks passages does."""
    config = config_of(folder)
    # What is as transformers assumes it is not written down; it assumes two.
    labels = len(config.get("id2label") or {}) or config.get("num_labels") or 2
    if labels != 1:
        raise InstallationError(
            f"This model sorts texts into {labels} classes; a reranker has one output (see config.json)."
        )


def context_length_of(folder: Path) -> int:
    config = config_of(folder)
    text_config = config.get("text_config") or {}
    length = config.get("max_position_embeddings") or text_config.get("max_position_embeddings")
    if not isinstance(length, int) or length < 1:
        raise InstallationError(
            "config.json does not say how long a text the model reads (max_position_embeddings)."
        )
    return length


def require_tokenizer(folder: Path) -> None:
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):
        raise InstallationError("The model is incomplete: it has no tokenizer file.")


def encoding_of(folder: Path) -> Encoding:
    """How the encoder encodes, by the files of sentence-transformers; else mean pooling without prefixes."""
    pooling: Pooling = "mean"
    if (folder / "1_Pooling" / "config.json").is_file():
        modes = read_json(folder / "1_Pooling" / "config.json")
        if modes.get("pooling_mode_cls_token"):
            pooling = "cls"
        elif not modes.get("pooling_mode_mean_tokens", True):
            raise InstallationError(
                "This encoder pools in a way that Parley does not know (only mean and cls)."
            )
    prompts: dict[str, str] = {}
    if (folder / "config_sentence_transformers.json").is_file():
        prompts = read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
    limit = context_length_of(folder)
    if (folder / "sentence_bert_config.json").is_file():
        limit = min(limit, read_json(folder / "sentence_bert_config.json").get("max_seq_length") or limit)
    return Encoding(
        pooling=pooling,
        query_prefix=prompts.get("query", ""),
        passage_prefix=prompts.get("passage", prompts.get("document", "")),
        max_tokens=limit,
    )
