"""What the pages of reports send."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.lines_field import LinesField
from accounts.models import Membership
from chatbot.analytics.models import ReportSettings


class ReportSettingsForm(forms.ModelForm[ReportSettings]):
    """Asks when the report is sent, and to whom."""

    roles = forms.MultipleChoiceField(
        label=_("People with the role"),
        choices=Membership.Role.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    addresses = LinesField(
        label=_("Other addresses"), required=False, help_text=_("One e-mail address a line.")
    )

    class Meta:
        model = ReportSettings
        fields = ("site", "is_enabled", "weekday", "hour", "roles", "addresses", "language")

    def clean_addresses(self) -> list[str]:
        """Leave out empty lines."""
        return [address for address in self.cleaned_data["addresses"] if address]
