"""What every training of a language model shares: dialogues, batches, the loop, checkpoints, perplexity."""
