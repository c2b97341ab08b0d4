"""What the page that asks for an evaluation asks for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from chatbot.knowledge.upload_limit import limit_bytes
from chatbot.workshop.evaluating.asking import PASSAGES, PROMPTS, QUESTIONS, CannotAsk, check, check_file
from chatbot.workshop.models import DataSetVersion, Evaluation, Measure
from inference.models import LanguageModelVersion, ModelKind

_FIELDS = {"prompts": PROMPTS, "passages": PASSAGES, "questions": QUESTIONS}
_MOST_EXAMPLES = 5000


class EvaluationForm(forms.ModelForm[Evaluation]):
    """Asks which version, what, and on what."""

    measures = forms.MultipleChoiceField(
        label=gettext_lazy("What to measure"),
        choices=Measure.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy(
            "Labels are measured of sentiment heads, passages found of encoders, everything else of language "
            "models."
        ),
    )
    prompts = forms.FileField(
        label=gettext_lazy("Prompts of your own"),
        required=False,
        help_text=gettext_lazy(
            'For refusals: JSON lines, {"prompt": "...", "unsafe": true} or false. Without a file those that '
            "Parley comes with are asked."
        ),
    )
    passages = forms.FileField(
        label=gettext_lazy("Passages"),
        required=False,
        help_text=gettext_lazy(
            'For the whole reply path and for encoders: JSON lines, {"id", "text", "title"?}. Without files '
            "a small shop that Parley comes with is asked about."
        ),
    )
    questions = forms.FileField(
        label=gettext_lazy("Questions to the passages"),
        required=False,
        help_text=gettext_lazy('JSON lines, {"question", "reference"?, "relevant"?: [ids], "answerable"?}.'),
    )

    class Meta:
        model = Evaluation
        fields = ("version", "measures", "data", "most_examples")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "version" in self.fields:
            version, data = self.fields["version"], self.fields["data"]
            assert isinstance(version, forms.ModelChoiceField) and isinstance(data, forms.ModelChoiceField)
            version.queryset = LanguageModelVersion.objects.filter(
                kind__in=(ModelKind.LANGUAGE, ModelKind.SENTIMENT, ModelKind.ENCODER)
            ).select_related("language_model")
            data.queryset = DataSetVersion.objects.usable().select_related("data_set")
            for name in _FIELDS:
                self.fields[name].widget = forms.FileInput(
                    attrs={"accept": ".jsonl,.ndjson", "class": "parley-files"}
                )

    def clean_most_examples(self) -> int:
        """Refuse what would take days."""
        count: int = self.cleaned_data["most_examples"]
        if not 1 <= count <= _MOST_EXAMPLES:
            raise ValidationError(_("Between 1 and %d examples.") % _MOST_EXAMPLES)
        return count

    def clean(self) -> dict[str, Any]:
        """Read the files, and refuse those that hold something else."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.files_given: dict[str, bytes] = {}
        with tempfile.TemporaryDirectory() as folder:
            for field, name in _FIELDS.items():
                file: UploadedFile[Any] | None = data.get(field)
                if file is None:
                    continue
                if (file.size or 0) > limit_bytes():
                    self.add_error(field, _("The file is too large. Divide it."))
                    continue
                content = file.read()
                try:
                    check_file(name, content, Path(folder))
                except CannotAsk as refusal:
                    self.add_error(field, str(refusal))
                else:
                    self.files_given[name] = content
        if not self.errors:
            try:
                check(data["version"], data["measures"], data["data"], self.files_given)
            except CannotAsk as refusal:
                raise ValidationError(str(refusal)) from None
        return data
