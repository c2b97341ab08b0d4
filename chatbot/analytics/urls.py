"""How customers feel and what the assistant achieves, below /admin/analytics/."""

from django.urls import path

from chatbot.analytics.alerts import views as alerts
from chatbot.analytics.dashboard import views
from chatbot.analytics.documents import views as documents
from chatbot.analytics.reports import views as reports
from chatbot.analytics.topics import views as topics

app_name = "analytics"

urlpatterns = [
    path("", views.show_dashboard, name="dashboard"),
    path("conversations/", views.show_conversations, name="conversations"),
    path("figures.<str:kind>", views.export, name="export"),
    path("alerts/", alerts.show_alerts, name="alert_list"),
    path("alerts/open/", alerts.show_fragment, name="alerts"),
    path("alerts/<slug:alert_id>/", alerts.show_alert, name="alert"),
    *(
        path(f"alerts/<slug:alert_id>/{action}/", alerts.act, {"action": action}, name=f"alert_{action}")
        for action in ("acknowledge", "note", "mute", "unmute")
    ),
    path("sent/<slug:dispatch_id>/again/", alerts.send_again, name="send_again"),
    path("reports/", reports.show_reports, name="reports"),
    path("reports/preview/", reports.ask, {"kind": "preview"}, name="report_preview"),
    path("reports/test/", reports.ask, {"kind": "test"}, name="report_test"),
    path("reports/<slug:report_id>/", reports.show_report, name="report"),
    path("reports/<slug:report_id>/<slug:name>.png", reports.show_picture, name="report_picture"),
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
