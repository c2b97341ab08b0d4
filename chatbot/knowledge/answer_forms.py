"""The forms of curated answers: one of them, or a file with many."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import Site
from chatbot.knowledge.curated import ANSWER_CHARACTERS, BadAnswer, checked
from chatbot.knowledge.models import Document
from chatbot.knowledge.source_forms import FilesInput, LongTextField
from chatbot.knowledge.upload_limit import limit_bytes


class AnswerForm(forms.ModelForm[Document]):
    """One curated answer with the phrasings of its question."""

    questions = LongTextField(
        label=_("Questions"),
        help_text=_(
            "One phrasing a line, as visitors would write it. Two or three different ones make it found best."
        ),
    )
    text = LongTextField(
        label=_("Answer"),
        max_length=ANSWER_CHARACTERS,
        help_text=_("Visitors get it word for word when their question is close to one of these."),
    )
    url = forms.URLField(
        label=_("Read more at"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "placeholder": "https://"}),
    )

    class Meta:
        model = Document
        fields = ("questions", "text", "url")

    def clean(self) -> dict[str, Any]:
        """Refuse what `curated` would not store."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "questions" in data and "text" in data:
            try:
                checked(data["questions"].splitlines(), data["text"])
            except BadAnswer as error:
                raise ValidationError(str(error)) from None
        return data


class NewAnswerForm(AnswerForm):
    """A curated answer that has no site yet; the page offers those on which the person may write."""

    # Django keeps `site` for a field of the row, which this one may not be: it is not to be changed later.
    for_site = forms.ModelChoiceField(
        queryset=Site.objects.none(), label=_("Site"), widget=UnfoldAdminSelectWidget
    )


class ImportForm(forms.Form):
    """A CSV file of curated answers for a site."""

    site = forms.ModelChoiceField(
        queryset=Site.objects.none(), label=_("Site"), empty_label=None, widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label=_("CSV file"), widget=FilesInput(attrs={"accept": ".csv,.tsv,.txt", "multiple": False})
    )

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = sites

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse a file that is too large before it is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > limit_bytes():
            raise ValidationError(_("The file is too large. Divide it."))
        return file
