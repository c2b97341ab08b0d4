"""What the page of a data set asks for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.lines_field import LinesField
from accounts.models import Site
from chatbot.workshop.data_sets.augmenting.rewriting import LANGUAGES
from chatbot.workshop.data_sets.augmenting.running import MOST
from chatbot.workshop.data_sets.cleaning.running import STEPS
from chatbot.workshop.data_sets.cleaning.steps import Setting
from chatbot.workshop.data_sets.importing.wrong import MEGABYTE
from chatbot.workshop.data_sets.uploads import MOST_BYTES
from chatbot.workshop.models import CleaningStep, ConversationConsent, DataSet, Example

_INTENT_CHARACTERS = 60


class DataSetForm(forms.ModelForm[DataSet]):
    """Asks what a data set is called and what it is for."""

    intents = LinesField(
        label=_("intents"), required=False, help_text=_("What people want, one a line, for labelling.")
    )

    class Meta:
        model = DataSet
        fields = ("name", "kind", "purpose")

    def clean_intents(self) -> list[str]:
        """Leave out empty lines and repetitions."""
        intents = list(dict.fromkeys(intent for intent in self.cleaned_data["intents"] if intent))
        if any(len(intent) > _INTENT_CHARACTERS for intent in intents):
            raise ValidationError(_("A name has at most %d characters.") % _INTENT_CHARACTERS)
        return intents


class UploadForm(forms.Form):
    """Asks for a file of examples."""

    file = forms.FileField(
        label=_("JSONL or CSV file"),
        widget=forms.FileInput(
            attrs={
                "accept": ".jsonl,.ndjson,.json,.csv,.tsv,.txt",
                "class": "parley-files",
                "data-max-bytes": MOST_BYTES,
                "data-too-large": _("This file is too large: "),
            }
        ),
    )
    licence = forms.CharField(
        label=_("Licence, or where it comes from"), required=False, max_length=200, widget=forms.TextInput()
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse a file of which only the beginning was kept."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_("A file has at most %d MB. Divide it.") % (MOST_BYTES // MEGABYTE))
        return file


class CollectForm(forms.Form):
    """Asks which answers of conversations are learnt from."""

    praised = forms.BooleanField(
        label=_("Answers that the visitor found helpful"), required=False, initial=True
    )
    resolved = forms.BooleanField(
        label=_("All answers of conversations that ended without a person and were rated 4 or 5"),
        required=False,
        initial=True,
    )
    operators = forms.BooleanField(
        label=_("Answers that operators wrote or put right"), required=False, initial=True
    )
    sites = forms.ModelMultipleChoiceField(
        label=_("Sites"), queryset=Site.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sites"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = ConversationConsent.objects.sites()
        field.initial = list(field.queryset)

    def settings(self) -> dict[str, Any]:
        """Return what was said, as a job keeps it."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("praised", "resolved", "operators")},
            "sites": [site.pk for site in data["sites"]],
        }


class StepForm(forms.Form):
    """Asks for the settings of one step of cleaning."""

    is_on = forms.BooleanField(label=_("is on"), required=False)

    def __init__(self, step: CleaningStep, data: Any = None) -> None:
        self.step = step
        self.asked = STEPS[CleaningStep.Kind(step.kind)].settings
        super().__init__(data, prefix=step.kind, initial={"is_on": step.is_on, **step.settings})
        for one in self.asked:
            self.fields[one.name] = _field(one)

    def save(self) -> None:
        """Store what was said of a step."""
        self.step.is_on = self.cleaned_data["is_on"]
        self.step.settings = {one.name: self.cleaned_data[one.name] for one in self.asked}
        self.step.save(update_fields=["is_on", "settings"])


class WordsField(forms.CharField):
    """A list of words, parted by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [word.strip().casefold() for word in (value or "").split(",") if word.strip()]


class AugmentForm(forms.Form):
    """Asks how many questions are made, and by which method."""

    method = forms.ChoiceField(
        label=_("Method"), choices=[choice for choice in Example.Synthetic.choices if choice[0]]
    )
    examples = forms.IntegerField(label=_("Of so many examples"), min_value=1, max_value=MOST, initial=100)
    percent = forms.IntegerField(
        label=_("Words edited, in per cent"), min_value=1, max_value=50, initial=10, required=False
    )
    likeness = forms.IntegerField(
        label=_("How like in meaning, in per cent"), min_value=50, max_value=99, initial=85, required=False
    )
    pivot = forms.ChoiceField(
        label=_("Through the language"),
        choices=[(language, language) for language in LANGUAGES],
        initial="zh",
        required=False,
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=1)

    def settings(self) -> dict[str, Any]:
        """Return what was said, as a job keeps it."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class VersionForm(forms.Form):
    """Asks for the seed of the split."""

    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        initial=1,
        help_text=_("The same examples and the same number give the same parts."),
    )


def step_forms(steps: Sequence[CleaningStep], data: Any = None) -> list[StepForm]:
    """Return the forms of the steps, in their order."""
    return [StepForm(step, data) for step in steps]


def _field(one: Setting) -> forms.Field:
    if one.is_list:
        return WordsField(label=str(one.label))
    return forms.IntegerField(label=str(one.label), min_value=one.low, max_value=one.high)
