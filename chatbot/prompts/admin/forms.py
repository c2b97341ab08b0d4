"""What the admin's pages for prompts ask for."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from chatbot.prompts.admin.languages import LanguageField
from chatbot.prompts.models import PromptVersion, RegressionCase


class PromptForm(forms.ModelForm[PromptVersion]):
    """Asks for the text of the next version, and for what changes with it."""

    language = LanguageField()

    class Meta:
        model = PromptVersion
        fields = ("site", "language", "text", "message")
        widgets = {
            "text": UnfoldAdminTextareaWidget(attrs={"rows": 14, "spellcheck": "true"}),
            "message": UnfoldAdminTextInputWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].help_text = PromptVersion._meta.get_field("language").help_text
        if self.instance.pk and "message" in self.fields:
            # What changed belongs to the version shown; the next one changes something else.
            self.initial["message"] = ""

    def clean_text(self) -> str:
        """Return the text with line breaks as everywhere else; browsers send others."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")


class CaseForm(forms.ModelForm[RegressionCase]):
    """Asks for a question and what is demanded of its answer."""

    language = LanguageField()

    class Meta:
        model = RegressionCase
        fields = (
            "site",
            "language",
            "question",
            "must_contain",
            "must_not_contain",
            "must_cite",
            "must_refuse",
        )
        widgets = {
            "question": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "must_contain": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "must_not_contain": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
