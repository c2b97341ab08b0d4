"""The form for a site's settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from accounts.lines_field import LinesField
from accounts.models import Site


class SiteForm(forms.ModelForm[Site]):
    """Asks for origins line by line and for the colour with the browser's colour input."""

    allowed_origins = LinesField(
        label=_("Allowed origins"),
        required=False,
        help_text=_(
            "One a line: the web sites that may show this widget, like https://www.example.com. "
            "Empty means none."
        ),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
    )

    class Meta:
        model = Site
        fields = (
            "name",
            "public_key",
            "allowed_origins",
            "requires_two_factor",
            "accent_colour",
            "greeting",
            "language",
        )
        widgets = {"accent_colour": UnfoldAdminColorInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Otherwise the browser would say what a field was before, and the audit record believe it.
            field.show_hidden_initial = False
