"""The admin's pages of the operators' app."""

from django.contrib import admin

from accounts.policy import Ability
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.operators.models import CannedReply, Label
from chatbot.operators.prompting.runs import RegressionRunAdmin
from chatbot.operators.prompting.splits import SplitAdmin
from chatbot.operators.webhook_admin import DeliveryAdmin, WebhookAdmin

__all__ = [
    "CannedReplyAdmin",
    "DeliveryAdmin",
    "LabelAdmin",
    "RegressionRunAdmin",
    "SplitAdmin",
    "WebhookAdmin",
]


@admin.register(Label)
class LabelAdmin(RoleAdmin):
    """The labels of each site, kept by those who answer there."""

    reads = Ability.ANSWER_VISITORS
    writes = Ability.ANSWER_VISITORS
    list_display = ("name", "site", "colour")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    search_fields = ("name",)
    fields = ("site", "name", "colour")


@admin.register(CannedReply)
class CannedReplyAdmin(RoleAdmin):
    """The canned replies of each site, kept by those who answer there."""

    reads = Ability.ANSWER_VISITORS
    writes = Ability.ANSWER_VISITORS
    list_display = ("shortcut", "site", "text")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    search_fields = ("shortcut", "text")
    fields = ("site", "shortcut", "text")
