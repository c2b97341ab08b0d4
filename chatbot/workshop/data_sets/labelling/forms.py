"""What labellers are asked about an example."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chatbot.analytics.models import SentimentLabel
from chatbot.workshop.data_sets.importing.dialogues import MOST_CHARACTERS
from chatbot.workshop.data_sets.labelling.judging import Word
from chatbot.workshop.data_sets.texts import Messages
from chatbot.workshop.models import Judgement

_LINE, _MOST_ROWS = 90, 15
_OPEN = ("", _("– not said –"))


class JudgementForm(forms.Form):
    """Asks for a verdict, for both labels, and for the messages in case they are edited."""

    example = forms.SlugField(max_length=32, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(choices=Judgement.Verdict.choices)
    sentiment = forms.ChoiceField(
        label=_("How the person feels"), choices=[_OPEN, *SentimentLabel.choices], required=False
    )
    intent = forms.ChoiceField(label=_("What the person wants"), required=False)

    def __init__(self, messages: Messages, intents: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        intent = self.fields["intent"]
        assert isinstance(intent, forms.ChoiceField)
        said = kwargs.get("initial", {}).get("intent", "")
        names = [*intents, *([said] if said and said not in intents else [])]
        intent.choices = [_OPEN, *((name, name) for name in names)]
        for place, message in enumerate(messages):
            self.fields[f"text_{place}"] = forms.CharField(
                initial=message["content"],
                required=False,
                max_length=MOST_CHARACTERS,
                widget=forms.Textarea(attrs={"rows": _rows(message["content"]), "class": "label-text"}),
            )
        self._count = len(messages)

    def word(self) -> Word:
        """Return what was said."""
        data = self.cleaned_data
        return Word(
            verdict=Judgement.Verdict(data["verdict"]),
            texts=[data[f"text_{place}"] for place in range(self._count)],
            sentiment=data["sentiment"],
            intent=data["intent"],
        )


def _rows(text: str) -> int:
    """Return how many lines a text takes, so that a short dialogue fits on a screen."""
    return min(_MOST_ROWS, sum(1 + len(line) // _LINE for line in text.split("\n")))
