"""What the pages of the workbench send."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chatbot.knowledge.curated import ANSWER_CHARACTERS, MOST_QUESTIONS, QUESTION_CHARACTERS

# With a row of numbers for as many questions as a group may have.
_MOST_KEYS_CHARACTERS = 60_000


class AnswerForm(forms.Form):
    """A curated answer: what people ask, one phrasing to a line, and what is said to it word for word."""

    questions = forms.CharField(
        label=_("Questions, one to a line"),
        max_length=MOST_QUESTIONS * (QUESTION_CHARACTERS + 1),
        widget=forms.Textarea(attrs={"class": "inbox-field", "rows": 4}),
        help_text=_("Phrasings of one question. The first one is its title."),
    )
    text = forms.CharField(
        label=_("Answer"),
        max_length=ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"class": "inbox-field", "rows": 6}),
        help_text=_("Visitors get it word for word when their question is close enough."),
    )
    url = forms.URLField(
        label=_("Address where visitors can read more"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "inbox-field"}),
    )
    # The visitors' questions that it settles, by key.
    settles = forms.CharField(required=False, max_length=_MOST_KEYS_CHARACTERS, widget=forms.HiddenInput)
    back = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class SettleForm(forms.Form):
    settles = forms.CharField(max_length=_MOST_KEYS_CHARACTERS)
