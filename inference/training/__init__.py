"""Improving language models on one's own conversations."""
