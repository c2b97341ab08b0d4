"""The workshop in the admin; each page registers itself."""

from chatbot.workshop.admin import rollout

__all__ = ["rollout"]
