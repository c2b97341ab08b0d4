from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.policy import Ability, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.prompts.admin.forms import CaseForm
from chatbot.prompts.admin.languages import LanguageFilter
from chatbot.prompts.models import RegressionCase


@admin.register(RegressionCase)
class RegressionCaseAdmin(RoleAdmin):
    """The test cases of a person's sites."""

    reads = Ability.WRITE_PROMPTS
    writes = Ability.WRITE_PROMPTS
    form = CaseForm
    list_display = ("__str__", "site", "tongue", "demands")
    list_filter = (SiteFilter, LanguageFilter)
    list_select_related = ("site",)
    search_fields = ("question", "must_contain", "must_not_contain", "must_cite")
    fields = ("site", "language", "question", "must_contain", "must_not_contain", "must_cite", "must_refuse")

    def save_model(self, request: HttpRequest, obj: RegressionCase, form: Any, change: bool) -> None:
        if not change:
            obj.author = signed_in(request)
        super().save_model(request, obj, form, change)

    @display(description=_("language"), ordering="language")
    def tongue(self, case: RegressionCase) -> str:
        return case.language_name

    @display(description=_("demands"))
    def demands(self, case: RegressionCase) -> str:
        return " · ".join(case.demands())
