"""The playground, below /admin/playground/."""

from django.urls import path

from chatbot.operators.playground import views

app_name = "playground"

urlpatterns = [
    path("", views.show_page, name="page"),
    path("models/", views.list_models, name="models"),
    path("case/", views.save_case, name="case"),
]
