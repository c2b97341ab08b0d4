"""What the pages for labels and training runs ask for."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from chatbot.analytics.labelling.label_reading import LEAVE_OUT, MOST_WORDS, Reading, likely_reading, words_in
from chatbot.analytics.labelling.label_tables import MOST_BYTES, BadFile, Table, read_table
from chatbot.analytics.models import LabelledFile, SentimentLabel, TrainingRun
from chatbot.knowledge.upload_limit import limit_bytes


def most_bytes() -> int:
    """Return how large a labelled file may be: what an upload may be at all, and no more than is read."""
    return min(MOST_BYTES, limit_bytes())


class UploadForm(forms.ModelForm[LabelledFile]):
    """Asks for a file; what is wrong with it is said line by line, before anything is kept."""

    file = forms.FileField(label=_("CSV or JSONL file"))

    class Meta:
        model = LabelledFile
        fields = ("site",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["file"]
        field.widget = forms.FileInput(
            attrs={
                "accept": ".csv,.tsv,.txt,.jsonl,.ndjson",
                "class": "parley-files",
                "data-max-bytes": most_bytes(),
                "data-too-large": gettext("This file is too large: "),
            }
        )
        field.help_text = gettext(
            "One text a row with its label. CSV names its columns in the first line; JSONL has an object a "
            "line. %d MB at most. On the next page you say which column is what."
        ) % (most_bytes() // 1_000_000)

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse what is too large before it is read, and what is no table."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > most_bytes():
            raise ValidationError(_("The file is too large. Divide it."))
        self.content = file.read()
        try:
            read_table(self.content)
        except BadFile as error:
            raise ValidationError(lines_of(error)) from None
        return file


class ReadingForm(forms.Form):
    """Asks which column is what, and what each word in the column of labels means."""

    text = forms.ChoiceField(label=_("Column of the text"), widget=UnfoldAdminSelectWidget)
    label = forms.ChoiceField(label=_("Column of the label"), widget=UnfoldAdminSelectWidget)
    language = forms.ChoiceField(
        label=_("Column of the language"), required=False, widget=UnfoldAdminSelectWidget
    )
    leaves_out_contradictions = forms.BooleanField(
        label=_("Leave out texts that have two labels"), required=False
    )

    def __init__(self, table: Table, data: Mapping[str, Any] | None = None) -> None:
        likely = likely_reading(table)
        super().__init__(
            data, initial={"text": likely.text, "label": likely.label, "language": likely.language}
        )
        columns = [(name, name) for name in table.columns]
        for name in ("text", "label", "language"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = columns if name != "language" else [("", _("The text says it itself")), *columns]
        chosen = str((data or {}).get("label") or likely.label)
        self.words = words_in(table, chosen) if chosen in table.columns else []
        # Words belong to the column that was chosen when they were shown.
        self.is_for_column = data is None or data.get("words_of", chosen) == chosen
        self.chosen = chosen
        self.too_many = len(self.words) > MOST_WORDS
        for number, (word, count) in enumerate([] if self.too_many else self.words):
            self.fields[f"word_{number}"] = forms.ChoiceField(
                label=f"“{word[:40]}” × {count}",
                required=False,
                choices=[
                    ("", _("– choose –")),
                    *SentimentLabel.choices,
                    (LEAVE_OUT, _("Leave these rows out")),
                ],
                widget=UnfoldAdminSelectWidget,
            )

    def reading(self) -> Reading:
        """Return what was said; a word about which nothing was said means nothing."""
        data = self.cleaned_data
        words = {}
        if self.is_for_column and not self.too_many:
            words = {
                word: data[f"word_{number}"]
                for number, (word, _count) in enumerate(self.words)
                if data.get(f"word_{number}")
            }
        return Reading(
            text=data["text"],
            label=data["label"],
            language=data["language"],
            words=words,
            leaves_out_contradictions=data["leaves_out_contradictions"],
        )


class RunForm(forms.ModelForm[TrainingRun]):
    """Asks what to learn from."""

    class Meta:
        model = TrainingRun
        fields = ("files", "uses_corrections", "seed")
        widgets = {"files": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "files" in self.fields:
            field = self.fields["files"]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = LabelledFile.objects.imported()

    def clean(self) -> dict[str, Any]:
        """Refuse a run without anything to learn from, and a second one at the same time."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("files") and not data.get("uses_corrections"):
            raise ValidationError(_("Choose a file, or train with corrected messages."))
        if TrainingRun.objects.unfinished().exists():
            raise ValidationError(_("A training run waits or is at work. One head is trained at a time."))
        return data


def lines_of(error: BadFile) -> list[str]:
    """Return what is wrong with a file, a sentence a line."""
    return [gettext("Line %(line)d: %(what)s") % {"line": line, "what": what} for line, what in error.errors]
