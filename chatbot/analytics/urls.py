"""How customers feel and what the assistant achieves, below /admin/analytics/."""

from django.urls import path

from chatbot.analytics.dashboard import views
from chatbot.analytics.documents import views as documents
from chatbot.analytics.topics import views as topics

app_name = "analytics"

urlpatterns = [
    path("", views.show_dashboard, name="dashboard"),
    path("conversations/", views.show_conversations, name="conversations"),
    path("figures.<str:kind>", views.export, name="export"),
    path("topics/", topics.show_topics, name="topics_page"),
    path("topics/section/", topics.show_section, name="topics"),
    path("topics/find/", topics.find, name="find_topics"),
    path("topics/progress/", topics.show_progress, name="topics_progress"),
    path("topics/<int:topic>/", topics.show_topic, name="topic"),
    path("topics/<int:topic>/rename/", topics.rename, name="rename_topic"),
    path("topics/<int:topic>/merge/", topics.merge, name="merge_topic"),
    path("topics/<int:topic>/part/", topics.part, name="part_topic"),
    path("topics/<int:topic>/hide/", topics.hide, name="hide_topic"),
    path("documents/", documents.show_documents, name="documents_page"),
    path("documents/section/", documents.show_section, name="documents"),
    path("documents/<slug:document>/", documents.show_document, name="document"),
]
