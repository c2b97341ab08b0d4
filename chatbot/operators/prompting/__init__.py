"""The admin's pages on prompts that need conversations or answers: test runs and splits."""
