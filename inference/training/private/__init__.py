"""Fine-tuning of a language model that provably keeps little of any one conversation."""
