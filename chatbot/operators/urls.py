"""The inbox, below /admin/inbox/."""

from django.urls import path

from chatbot.operators import views, why

app_name = "operators"

urlpatterns = [
    path("", views.show_list, name="inbox"),
    path("preferences/", views.set_preferences, name="preferences"),
    path("<slug:conversation_id>/", views.show_conversation, name="conversation"),
    path("<slug:conversation_id>/news/", views.show_news, name="news"),
    path("<slug:conversation_id>/messages/<slug:said>/why/", why.show_why, name="why"),
    path("<slug:conversation_id>/transcript.<str:kind>", views.download_transcript, name="transcript"),
    path("<slug:conversation_id>/<slug:action>/", views.act, name="act"),
]
