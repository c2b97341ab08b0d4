"""The admin's pages of the knowledge app."""

from chatbot.knowledge.document_admin import DocumentAdmin
from chatbot.knowledge.job_admin import IndexJobAdmin
from chatbot.knowledge.settings_admin import KnowledgeSettingsAdmin
from chatbot.knowledge.source_admin import SourceAdmin

__all__ = ["DocumentAdmin", "IndexJobAdmin", "KnowledgeSettingsAdmin", "SourceAdmin"]
