"""The widget's pages; mounted at the root."""

from django.urls import path

from chatbot.widget import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("demo/", views.demo_page, name="demo"),
    path("widget/loader.js", views.loader, name="loader"),
    path("widget/<slug:site_key>/", views.chat, name="chat"),
    path("widget/<slug:site_key>/launcher.js", views.launcher, name="launcher"),
]
