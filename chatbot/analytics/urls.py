"""How customers feel and what the assistant achieves, below /admin/analytics/."""

from django.urls import path

from chatbot.analytics.dashboard import views

app_name = "analytics"

urlpatterns = [
    path("", views.show_dashboard, name="dashboard"),
    path("conversations/", views.show_conversations, name="conversations"),
    path("figures.<str:kind>", views.export, name="export"),
]
