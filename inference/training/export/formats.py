"""In which formats what kind of model can be exported; read without torch, so that a page can offer them."""

from inference.catalog import Kind

FORMATS = ("hf", "gguf", "onnx")
OF_KIND: dict[Kind, tuple[str, ...]] = {
    "language": ("hf", "gguf"),
    "encoder": ("hf", "onnx"),
    "reranker": ("hf",),
    "sentiment": ("hf", "onnx"),
}
# Of these an export is one file; the others are folders.
ONE_FILE = frozenset({"gguf"})
