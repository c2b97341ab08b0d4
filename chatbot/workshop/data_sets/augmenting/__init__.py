"""More questions for the same answers: words edited, or written anew by the model and checked."""
