"""Fine-tuning of a language model on dialogues."""
