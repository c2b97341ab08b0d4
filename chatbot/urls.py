"""Every URL of the web process."""

from django.contrib import admin
from django.urls import include, path

from chatbot.widget.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("", include("chatbot.monitoring.urls")),
    path("", include("chatbot.widget.urls")),
]
