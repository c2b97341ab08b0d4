"""The list of a data set's examples: searched, filtered, a page at a time."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import TextField
from django.db.models.functions import Cast

from chatbot.workshop.data_sets.cleaning.reasons import words_of
from chatbot.workshop.models import CleaningStep, DataSet, Example
from chatbot.workshop.models.examples import ExampleQuerySet

_PER_PAGE = 25
_QUERY_CHARACTERS = 200


def examples_page(data_set: DataSet, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what the list shows, by what the address asks for; what it asks in vain is left out."""
    chosen = {
        name: asked.get(name, "") for name in ("q", "state", "language", "source", "review", "synthetic")
    }
    chosen["q"] = chosen["q"].strip()[:_QUERY_CHARACTERS]
    found = _filtered(data_set, chosen)
    page = Paginator(found, _PER_PAGE).get_page(asked.get("page"))
    languages = Example.objects.filter(data_set=data_set).order_by("language")
    return {
        "data_set": data_set,
        "page": page,
        "rows": [(example, words_of(example.why) if example.why else "") for example in page],
        "chosen": chosen,
        "address": urlencode({name: value for name, value in chosen.items() if value}),
        "states": [("left", None), *CleaningStep.Kind.choices],
        "languages": list(languages.values_list("language", flat=True).distinct()),
        "sources": list(data_set.sources.all()),
        "reviews": Example.Review.choices,
        "kinds": [choice for choice in Example.Synthetic.choices if choice[0]],
    }


def _filtered(data_set: DataSet, chosen: Mapping[str, str]) -> ExampleQuerySet:
    found = Example.objects.filter(data_set=data_set).there().select_related("source", "site", "like")
    if chosen["state"] == "left":
        found = found.filter(removed_by="")
    elif chosen["state"] in CleaningStep.Kind.values:
        found = found.filter(removed_by=chosen["state"])
    if chosen["language"]:
        found = found.filter(language="" if chosen["language"] == "-" else chosen["language"])
    if chosen["source"].isdecimal() and len(chosen["source"]) < 19:
        found = found.filter(source=int(chosen["source"]))
    if chosen["review"] in Example.Review.values:
        found = found.filter(review=chosen["review"])
    if chosen["synthetic"]:
        found = found.filter(synthetic=chosen["synthetic"])
    if chosen["q"]:
        # What a quotation mark or a line break is stored as, in JSON.
        words = chosen["q"].replace("\\", "\\\\").replace('"', '\\"')
        found = found.annotate(said=Cast("messages", TextField())).filter(said__icontains=words)
    return found.order_by("pk")
