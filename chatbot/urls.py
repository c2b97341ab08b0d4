"""Every URL of the web process."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from accounts.policy import Policy, policy
from chatbot.api import api_urls
from chatbot.monitoring.admin import overview_fragment

urlpatterns = [
    path("api/v1/", api_urls()),
    path("language/", policy(Policy.PUBLIC)(set_language), name="set_language"),
    path("admin/overview/", overview_fragment, name="admin_overview"),
    path("admin/analytics/", include("chatbot.analytics.urls")),
    path("admin/inbox/", include("chatbot.operators.urls")),
    path("admin/playground/", include("chatbot.operators.playground.urls")),
    path("admin/workbench/", include("chatbot.operators.workbench.urls")),
    path("admin/workshop/", include("chatbot.workshop.urls")),
    path("admin/votes/", include("chatbot.workshop.voting.urls")),
    path("admin/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chatbot.monitoring.urls")),
    path("", include("chatbot.widget.urls")),
]
