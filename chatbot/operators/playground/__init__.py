"""The playground: a prompt, a model and a question, and the answer as it is written."""
