"""The model server: OpenAI's HTTP interface to the engine."""
