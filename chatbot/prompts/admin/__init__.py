"""The admin's pages for prompts; what answers questions on them is with the operators' pages."""

from chatbot.prompts.admin.cases import RegressionCaseAdmin
from chatbot.prompts.admin.versions import PromptVersionAdmin

__all__ = ["PromptVersionAdmin", "RegressionCaseAdmin"]
