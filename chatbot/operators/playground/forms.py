"""What the playground's page sends."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from accounts.policy import Ability, sites_where
from chatbot.prompts import variables
from chatbot.prompts.admin.languages import LanguageField
from chatbot.prompts.models import RegressionCase
from chatbot.prompts.models.versions import LONGEST_TEXT

_LONGEST_QUESTION = 4_000
_MOST_TOKENS = 4_096


class TrialForm(forms.Form):
    """A question under a prompt that need not be stored, on a site whose prompts the person writes."""

    site = forms.ModelChoiceField(label=_("site"), queryset=Site.objects.none())
    prompt = forms.CharField(label=_("prompt"), max_length=LONGEST_TEXT)
    question = forms.CharField(label=_("question"), max_length=_LONGEST_QUESTION)
    language = LanguageField()
    model = forms.CharField(label=_("language model"), max_length=200, required=False)
    temperature = forms.FloatField(label=_("temperature"), min_value=0, max_value=2, required=False)
    max_tokens = forms.IntegerField(
        label=_("tokens at most"), min_value=1, max_value=_MOST_TOKENS, required=False
    )
    knowledge = forms.BooleanField(label=_("with the site's knowledge"), required=False)

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = sites_where(person, Ability.WRITE_PROMPTS)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def clean_prompt(self) -> str:
        """Raise ValidationError for a prompt that could not be stored either."""
        prompt: str = self.cleaned_data["prompt"]
        variables.check(prompt)
        return prompt

    def clean_temperature(self) -> float:
        given = self.cleaned_data["temperature"]
        return settings.REPLY_TEMPERATURE if given is None else given

    def clean_max_tokens(self) -> int:
        return self.cleaned_data["max_tokens"] or settings.REPLY_MAX_TOKENS


class NewCaseForm(forms.ModelForm[RegressionCase]):
    """A question that was tried out, as a test case."""

    language = LanguageField()

    class Meta:
        model = RegressionCase
        fields = (
            *("site", "language", "question"),
            *("must_contain", "must_not_contain", "must_cite", "must_refuse"),
        )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.author = person
        sites = sites_where(person, Ability.WRITE_PROMPTS)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


def errors_of(form: forms.BaseForm) -> dict[str, list[str]]:
    """Return what is wrong, by field; "" for the whole."""
    named: dict[str, list[str]] = {}
    for name, errors in form.errors.items():
        named["" if name == "__all__" else name] = [str(error) for error in errors]
    return named
