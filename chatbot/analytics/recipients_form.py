"""The part of a form that asks who gets mail."""

from typing import TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.lines_field import LinesField
from accounts.models import Membership
from chatbot.analytics.models.recipients import MailsPeople

Settings = TypeVar("Settings", bound=MailsPeople)


class RecipientsForm(forms.ModelForm[Settings]):
    """Asks for roles and for addresses, one a line."""

    roles = forms.MultipleChoiceField(
        label=_("People with the role"),
        choices=Membership.Role.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    addresses = LinesField(
        label=_("Other addresses"), required=False, help_text=_("One e-mail address a line.")
    )

    def clean_addresses(self) -> list[str]:
        """Leave out empty lines."""
        return [address for address in self.cleaned_data["addresses"] if address]
