"""What the pages of reports send."""

from chatbot.analytics.models import ReportSettings
from chatbot.analytics.recipients_form import RecipientsForm


class ReportSettingsForm(RecipientsForm[ReportSettings]):
    """Asks when the report is sent, and to whom."""

    class Meta:
        model = ReportSettings
        fields = ("site", "is_enabled", "weekday", "hour", "roles", "addresses", "language")
