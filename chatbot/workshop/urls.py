"""The pages of the workshop that are no rows' pages, below /admin/workshop/."""

from django.urls import path

from chatbot.workshop.data_sets.labelling import views

app_name = "workshop"

urlpatterns = [
    path("labelling/", views.show_sets, name="labelling"),
    path("labelling/<slug:data_set>/", views.label, name="label"),
    path("labelling/<slug:data_set>/disputes/", views.disputes, name="disputes"),
]
