"""Text in, tokens out: models, the engine that runs them, and the gateway to it."""
