"""The form of a job: what to start from, what to learn from, and what its program can be told."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from chatbot.workshop.jobs.asking import Wish
from chatbot.workshop.jobs.kinds import JobKind
from chatbot.workshop.jobs.option_texts import texts_of, written
from chatbot.workshop.models import DataSetVersion
from inference.models import LanguageModelVersion
from inference.training.option import Option

MOST_SEED = 2**31 - 1
_PREFIX = "option_"


class JobForm(forms.Form):
    """Asks for everything that a job of one kind needs; it begins with what is likely wanted."""

    base = forms.ModelChoiceField(
        LanguageModelVersion.objects.none(), label=_("Starts from"), widget=UnfoldAdminSelectWidget
    )
    teacher = forms.ModelChoiceField(
        LanguageModelVersion.objects.none(),
        label=_("Teacher"),
        required=False,
        empty_label=_("The model that it starts from"),
        help_text=_("Whose answers the student learns; it has to know the same tokens."),
        widget=UnfoldAdminSelectWidget,
    )
    data_set = forms.ModelChoiceField(
        DataSetVersion.objects.none(),
        label=_("Data set"),
        help_text=_("It learns from the training part, and is measured on the test part."),
        widget=UnfoldAdminSelectWidget,
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=MOST_SEED,
        help_text=_("The same data, settings and number give the same weights."),
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, kind: JobKind, data: Mapping[str, Any] | None = None) -> None:
        versions = LanguageModelVersion.objects.filter(kind=kind.base).select_related("language_model")
        data_sets = (
            DataSetVersion.objects.usable().filter(data_set__kind=kind.data).select_related("data_set")
        )
        super().__init__(data, initial=_likely(kind, versions, data_sets))
        self.kind = kind
        self._choose_from("base", versions)
        self._choose_from("teacher", versions)
        self._choose_from("data_set", data_sets.order_by("data_set__name", "-number"))
        if not kind.has_teacher:
            del self.fields["teacher"]
        for option in kind.options:
            self.fields[_PREFIX + option.name] = _field(kind, option)

    @property
    def likely_wish(self) -> Wish | None:
        """What the page would ask for as it is shown, None while something is missing."""
        form = self if self.is_bound else JobForm(self.kind, self._as_posted())
        return form.wish() if form.is_valid() else None

    def option_fields(self) -> list[forms.BoundField]:
        """The fields of the program's options."""
        return [self[name] for name in self.fields if name.startswith(_PREFIX)]

    def main_fields(self) -> list[forms.BoundField]:
        """The fields that every kind of job has."""
        return [self[name] for name in self.fields if not name.startswith(_PREFIX)]

    def wish(self) -> Wish:
        """Return what a valid form asks for."""
        found = self.cleaned_data
        chosen = {option.name: found[_PREFIX + option.name] for option in self.kind.options}
        return Wish(self.kind, found["base"], found["data_set"], found.get("teacher"), chosen, found["seed"])

    def _choose_from(self, name: str, rows: "QuerySet[Any]") -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def _as_posted(self) -> dict[str, Any]:
        """What a browser would send of a form that nobody has changed."""
        values = {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        return {name: value for name, value in values.items() if value is not None and value is not False}


def _likely(
    kind: JobKind, versions: "QuerySet[LanguageModelVersion]", data_sets: "QuerySet[DataSetVersion]"
) -> dict[str, Any]:
    """The version that answers now, and the newest data."""
    active = LanguageModelVersion.objects.active(kind.base) or versions.first()
    newest = data_sets.order_by("-pk").first()
    return {"base": active.pk if active else None, "data_set": newest.pk if newest else None, "seed": 1}


def _field(kind: JobKind, option: Option) -> forms.Field:
    label, help_text = texts_of(kind.kind.value, option.name)
    told: dict[str, Any] = {"label": label, "help_text": help_text, "initial": option.default}
    if isinstance(option.default, bool):
        return forms.BooleanField(required=False, widget=UnfoldBooleanWidget, **told)
    if isinstance(option.default, str):
        if option.choices:
            choices = [(choice, written(choice)) for choice in option.choices]
            return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **told)
        return forms.CharField(
            required=False, max_length=100, empty_value="", widget=UnfoldAdminTextInputWidget, **told
        )
    bounds: dict[str, Any] = {"min_value": option.least, "max_value": option.most}
    if isinstance(option.default, int):
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, **bounds, **told)
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    return forms.FloatField(widget=widget, **bounds, **told)
