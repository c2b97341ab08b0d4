"""What starting a split asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from chatbot.prompts import gate
from chatbot.prompts.models import PromptVersion, Split

ARMS = (1, 2, 3)


class VersionField(forms.ModelChoiceField[PromptVersion]):
    """A version, named with its language, state and message."""

    def label_from_instance(self, version: PromptVersion) -> str:
        parts = (str(version), version.language_name, version.get_state_display(), version.message)
        return " · ".join(part for part in parts if part)


def _version(label: Any, **options: Any) -> VersionField:
    nothing = PromptVersion.objects.none()
    return VersionField(label=label, queryset=nothing, widget=UnfoldAdminSelectWidget, **options)


def _weight(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Weight"), min_value=1, max_value=100, widget=UnfoldAdminIntegerFieldWidget, **options
    )


class SplitForm(forms.ModelForm[Split]):
    """Asks for two or three versions of one site and language, with weights, and for what is compared."""

    version_1 = _version(_("First version"))
    weight_1 = _weight(initial=50)
    version_2 = _version(_("Second version"))
    weight_2 = _weight(initial=50)
    version_3 = _version(_("Third version"), required=False)
    weight_3 = _weight(required=False)
    override = forms.BooleanField(
        label=_("Start all the same"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "Although test cases stand against a version; your name and what failed go on the record."
        ),
    )

    class Meta:
        model = Split
        fields = ("measure", "smallest_effect")

    # The versions of the sites whose prompts the person writes; the admin's page sets it.
    versions: "QuerySet[PromptVersion]" = PromptVersion.objects.none()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in ARMS:
            self.fields[f"version_{number}"].queryset = self.versions  # type: ignore[attr-defined]

    def weights(self) -> dict[PromptVersion, int]:
        """Return the weight of each version chosen."""
        chosen: dict[PromptVersion, int] = {}
        for number in ARMS:
            version, weight = (self.cleaned_data.get(f"{name}_{number}") for name in ("version", "weight"))
            if version is not None and weight is not None:
                chosen[version] = weight
        return chosen

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError for what cannot be split; the split is where its first version is."""
        cleaned = super().clean() or self.cleaned_data
        first = cleaned.get("version_1")
        if self.errors or first is None:
            return cleaned
        self.instance.site, self.instance.language = first.site, first.language
        for number in ARMS:
            if (cleaned.get(f"version_{number}") is None) != (cleaned.get(f"weight_{number}") is None):
                raise ValidationError({f"weight_{number}": _("A version and its weight go together.")})
        self.instance.check_arms(self.weights())
        for version in self.weights():
            verdict = gate.verdict_on(version)
            if not version.is_live and not verdict.is_free and not cleaned.get("override"):
                words = _("Version %(number)d: %(reason)s")
                raise ValidationError(words % {"number": version.number, "reason": verdict.reason})
        return cleaned
