"""Choosing a prompt's language in the admin."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from chatbot.prompts import languages


class LanguageField(forms.ChoiceField):
    """A language that a prompt can be written for, or none for all others."""

    widget = UnfoldAdminSelectWidget

    def __init__(self, **options: Any) -> None:
        choices: Callable[[], list[tuple[str, str]]] = languages.choices
        super().__init__(choices=choices, required=False, label=_("language"), **options)


class LanguageFilter(SimpleListFilter):
    """Narrows a list to one of the languages of the rows that the person reads."""

    title = _("language")
    parameter_name = "language"
    _NONE = "-"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = model_admin.get_queryset(request).order_by("language").values_list("language", flat=True)
        return [(code or self._NONE, languages.shown_name(code)) for code in codes.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = self.value()
        return queryset.filter(language=value.replace(self._NONE, "")) if value else queryset
