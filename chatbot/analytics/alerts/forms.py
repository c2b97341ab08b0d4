"""What the pages of alerts send."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_HOURS = ((1, _("1 hour")), (4, _("4 hours")), (24, _("1 day")), (72, _("3 days")), (168, _("1 week")))
_FIELD = {"class": "inbox-field"}


class NoteForm(forms.Form):
    """A line for an alert's history."""

    note = forms.CharField(
        label=_("Note"), max_length=1000, widget=forms.Textarea(attrs={**_FIELD, "rows": 2})
    )


class AcknowledgeForm(forms.Form):
    """Says who looks after an alert, and what is known already."""

    note = forms.CharField(
        label=_("What is known, or done about it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={**_FIELD, "rows": 2}),
    )


class MuteForm(forms.Form):
    """For how long nobody is told."""

    hours = forms.TypedChoiceField(
        label=_("Mute for"), choices=_HOURS, coerce=int, widget=forms.Select(attrs=_FIELD)
    )


def muted_until(hours: int) -> datetime:
    """Return the moment that is so many hours away."""
    return timezone.now() + timedelta(hours=hours)
