"""The workbench, below /admin/workbench/."""

from django.urls import path

from chatbot.operators.workbench import curating, views

app_name = "workbench"

urlpatterns = [
    path("try/", views.show_try, name="try"),
    path("unanswered/", views.show_unanswered, name="unanswered"),
    path("unanswered/aside/", views.set_aside, name="aside"),
    path("answers/", views.show_answers, name="answers"),
    path("answers/<slug:message_id>/", views.show_trace, name="trace"),
    path("curated/", curating.add, name="add"),
    path("curated/<slug:message_id>/", curating.begin_from_message, name="curate"),
]
