"""Blind votes, below /admin/votes/."""

from django.urls import path

from chatbot.workshop.voting import views

app_name = "votes"

urlpatterns = [
    path("", views.show_votes, name="list"),
    path("<slug:vote_id>/", views.show_vote, name="vote"),
    path("<slug:vote_id>/choose/", views.vote_on, name="choose"),
    path("<slug:vote_id>/outcome/", views.show_outcome, name="outcome"),
]
