"""The widget's pages; mounted at the root."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
