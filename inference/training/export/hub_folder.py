"""A folder in the form of the Hugging Face hub, which transformers loads without anything of ours."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from inference.engine.sentiment_head import read_head
from inference.training.export.cards import ENCODER_FACTS, Facts, write_readme
from inference.training.export.reading import (
    read_any_tokenizer,
    read_encoder,
    read_language,
    read_reranker,
    require_safe,
)
from inference.training.export.refusing import CannotExport

_HEAD_FILES = ("head.json", "weights.safetensors")
_SHARD = "4GB"

_USE = {
    "language": """
```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("FOLDER")
model = AutoModelForCausalLM.from_pretrained("FOLDER")
messages = [{"role": "user", "content": "Where is my parcel?"}]
prompt = tokenizer.apply_chat_template(
    messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
)
answer = model.generate(**prompt, max_new_tokens=100)
print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True))
```
""",
    "encoder": """
```python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("FOLDER")
model.encode(["How do I send it back?"], prompt_name="query")
```

Vectors are the %(pooling)s of the last layer, of length 1. A question begins with %(query)s and a passage
with %(passage)s; of a text the first %(tokens)d tokens count.
""",
    "reranker": """
```python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("FOLDER")
model = AutoModelForSequenceClassification.from_pretrained("FOLDER")
pair = tokenizer("How do I send it back?", "Put it in a box.", return_tensors="pt")
print(model(**pair).logits)
```
""",
    "sentiment": """
`head.json` says what the head was trained on, and `weights.safetensors` holds low-rank updates of an encoder
and a classifier. It needs the encoder %(base)s; an ONNX export holds both.
""",
}
_INSTALL = "In Parley: `manage.py installmodel FOLDER`."


def write_hub_folder(folder: Path, facts: Facts, out: Path) -> int:
    """Write the model in `folder` as a hub folder into `out`; return how many weights it has.

    Raises CannotExport and BadNetwork.
    """
    if facts.kind == "sentiment":
        return _write_head(folder, facts, out)
    read = {"language": read_language, "encoder": read_encoder, "reranker": read_reranker}[facts.kind]
    network = read(folder)
    network.save_pretrained(out, max_shard_size=_SHARD)
    read_any_tokenizer(folder).save_pretrained(out)
    words: dict[str, Any] = {}
    if facts.kind == "encoder":
        words = _write_encoding(folder, network, out)
    write_readme(facts, out, _USE[facts.kind] % words + "\n" + _INSTALL)
    return sum(weight.numel() for weight in network.parameters())


def encoding_facts(folder: Path) -> dict[str, Any]:
    """How the encoder in `folder` pools, what its texts begin with, and how long they may be.

    Raises CannotExport where the folder does not say.
    """
    try:
        facts = json.loads((folder / ENCODER_FACTS).read_text(encoding="utf-8"))
        return {
            "pooling": str(facts["pooling"]),
            "query": str(facts["query_prefix"]),
            "passage": str(facts["passage_prefix"]),
            "tokens": int(facts["max_tokens"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotExport(
            f"{folder} does not say how its vectors are made ({ENCODER_FACTS}): install the encoder first."
        ) from error


def encoding_in_words(facts: dict[str, Any]) -> dict[str, Any]:
    """The same for a README: what pools, and prefixes as code."""

    def code(prefix: str) -> str:
        return f"`{prefix}`" if prefix else "nothing"

    pooling = "first token" if facts["pooling"] == "cls" else "mean over the tokens"
    words = {"pooling": pooling, "query": code(facts["query"]), "passage": code(facts["passage"])}
    return {**words, "tokens": facts["tokens"]}


def _write_encoding(folder: Path, network: PreTrainedModel, out: Path) -> dict[str, Any]:
    """Write the files by which sentence-transformers, and an installation, know how vectors are made."""
    facts = encoding_facts(folder)
    first = facts["pooling"] == "cls"
    files: dict[str, Any] = {
        "modules.json": [
            _module(0, "Transformer", ""),
            _module(1, "Pooling", "1_Pooling"),
            _module(2, "Normalize", "2_Normalize"),
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": network.config.hidden_size,
            "pooling_mode_cls_token": first,
            "pooling_mode_mean_tokens": not first,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": facts["query"], "passage": facts["passage"]},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "sentence_bert_config.json": {"max_seq_length": facts["tokens"], "do_lower_case": False},
    }
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "2_Normalize").mkdir()
    return encoding_in_words(facts)


def _module(number: int, kind: str, path: str) -> dict[str, Any]:
    return {
        "idx": number,
        "name": str(number),
        "path": path,
        "type": f"sentence_transformers.models.{kind}",
    }


def _write_head(folder: Path, facts: Facts, out: Path) -> int:
    require_safe(folder)
    head = read_head(folder)
    out.mkdir(exist_ok=True)
    for name in _HEAD_FILES:
        shutil.copyfile(folder / name, out / name)
    write_readme(facts, out, _USE["sentiment"] % {"base": head.facts.base} + "\n" + _INSTALL)
    factors = [factor for pair in head.updates.values() for factor in pair]
    return sum(weight.numel() for weight in (*factors, head.classifier, head.bias))
