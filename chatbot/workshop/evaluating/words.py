"""What an evaluation says of itself, and how its figures are called and written."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inference import training_words

_OWN = {
    "starting": _("Starts to measure."),
    "training": _("Measures."),
    "keeping": _("Keeps the figures."),
    "measured": _("Measured."),
    "begun_anew": _("The worker ended in the middle of it. It begins anew."),
    "too_often": _(
        "It was begun %(detail)s times, and each time the worker ended in the middle. Look at the log of the "
        "machine, most likely for memory that ran out."
    ),
    "bad_data": _("The data will not do: %(detail)s"),
    "bad_network": _("The version will not do: %(detail)s"),
    "bad_setting": _("This cannot be measured together: %(detail)s"),
    "no_memory": _("There is too little memory to measure this version."),
    "no_encoder": _("The encoder that “%(detail)s” needs is not installed: manage.py installmodel."),
}


@dataclass(frozen=True, slots=True)
class Named:
    """How a figure is called, with how many digits it is written, and whether as a share in percent."""

    name: Promise
    digits: int = 2
    is_share: bool = False
    unit: str = ""

    def write(self, value: float, *, signed: bool = False) -> str:
        """Return the value for people."""
        shown = value * 100 if self.is_share else value
        sign = "+" if signed and round(shown, self.digits) > 0 else ""
        unit = " %" if self.is_share else f" {self.unit}" if self.unit else ""
        return f"{sign}{number_format(round(shown, self.digits), decimal_pos=self.digits)}{unit}"


FIGURES: dict[str, Named] = {
    "perplexity": Named(_("Perplexity")),
    "bleu": Named(_("BLEU"), 1),
    "chrf": Named(_("chrF"), 1),
    "rouge_1": Named(_("ROUGE-1"), 3),
    "rouge_2": Named(_("ROUGE-2"), 3),
    "rouge_l": Named(_("ROUGE-L"), 3),
    "token_f1": Named(_("Token-F1 of answers"), 3),
    "cited": Named(_("Right source shown"), 1, is_share=True),
    "refused_when_unanswerable": Named(_("Refused what it cannot know"), 1, is_share=True),
    "refused_when_answerable": Named(_("Refused what it could know"), 1, is_share=True),
    "refused_unsafe": Named(_("Refused unsafe prompts"), 1, is_share=True),
    "over_refused": Named(_("Refused harmless prompts"), 1, is_share=True),
    "tokens_per_second": Named(_("Tokens a second"), 1),
    "first_token_ms": Named(_("First token"), 0, unit="ms"),
    "resident_mb": Named(_("Memory"), 0, unit="MB"),
    "load_seconds": Named(_("Time to load"), 1, unit="s"),
    "accuracy": Named(_("Accuracy"), 1, is_share=True),
    "precision": Named(_("Precision, mean over labels"), 3),
    "recall": Named(_("Recall, mean over labels"), 3),
    "macro_f1": Named(_("Macro-F1"), 3),
    "recall_at_1": Named(_("Right passage first"), 1, is_share=True),
    "recall_at_5": Named(_("Right passage among the first five"), 1, is_share=True),
    "mrr_at_10": Named(_("Mean reciprocal rank"), 3),
    "texts_per_second": Named(_("Texts read a second"), 1),
}


def sentence(code: str, detail: str = "") -> str:
    """Return what `code` means, as a sentence in the reader's language; an unknown one as it is."""
    return training_words.sentence(code, detail, _OWN)
