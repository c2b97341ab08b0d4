"""A model in the form that other programs read: a Hugging Face folder, a GGUF file, an ONNX folder."""
