"""What a site tells its assistant to be: versions, splits between them, and the set that tests them."""

from chatbot.prompts.models.cases import RegressionCase
from chatbot.prompts.models.runs import RegressionResult, RegressionRun
from chatbot.prompts.models.splits import Split, SplitArm
from chatbot.prompts.models.versions import DEFAULT_PROMPT, PromptVersion

__all__ = [
    "DEFAULT_PROMPT",
    "PromptVersion",
    "RegressionCase",
    "RegressionResult",
    "RegressionRun",
    "Split",
    "SplitArm",
]
