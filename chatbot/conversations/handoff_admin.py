"""Admin pages of the hand-off: rules, office hours and capacity of a site; who answers, under which name."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.lines_field import LinesField
from accounts.policy import Ability, may, people_managed_by, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.conversations.models import HandoffSettings, Holiday, OpeningTime, Presence
from chatbot.conversations.models.handoff_settings import default_words


class _OfSettings(TabularInline):
    """Rows on the page of a site's hand-off; whoever changes the page changes them."""

    extra = 0
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each field for screen readers: in a table the column's heading is no label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs["aria-label"] = field.label
        return field


class OpeningTimeInline(_OfSettings):
    """The office hours; without any the office is always open."""

    model = OpeningTime
    verbose_name = _("opening time")
    verbose_name_plural = _("office hours")


class HolidayInline(_OfSettings):
    """The days on which nobody answers."""

    model = Holiday


class HandoffForm(forms.ModelForm[HandoffSettings]):
    """Asks for the words line by line."""

    words = LinesField(
        label=_("Words that ask for a person"),
        required=False,
        initial=default_words,
        help_text=_(
            "One word or phrase a line. A message with one of them goes to a person. "
            "Empty turns the rule off."
        ),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )

    class Meta:
        model = HandoffSettings
        fields = (
            "site",
            "words",
            "failed_answers",
            "lowest_score",
            "lowest_sentiment",
            "sentiment_drop",
            "time_zone",
            "assign_automatically",
            "capacity",
        )

    def clean_words(self) -> list[str]:
        """Leave out empty lines."""
        return [word for word in self.cleaned_data["words"] if word]


@admin.register(HandoffSettings)
class HandoffSettingsAdmin(RoleAdmin):
    """When a site's visitors get to a person; a site without a row has the defaults."""

    form = HandoffForm
    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    list_display = ("site", "time_zone", "assign_automatically", "capacity")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    inlines = (OpeningTimeInline, HolidayInline)

    def get_readonly_fields(
        self, request: HttpRequest, obj: HandoffSettings | None = None
    ) -> tuple[str, ...]:
        return ("site",) if obj else ()


@admin.register(Presence)
class PresenceAdmin(ModelAdmin):
    """Who answers visitors: the name that they see, and how much is assigned; rows come with the inbox."""

    list_display = ("user", "public_name", "state", "capacity", "last_seen")
    fields = ("user", "public_name", "available", "capacity", "last_seen")
    readonly_fields = ("user", "last_seen")
    list_select_related = ("user",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Presence]:
        people = people_managed_by(signed_in(request))
        return super().get_queryset(request).filter(user__in=people)

    @display(description=_("state"), label={"there": "success", "away": "default"})
    def state(self, presence: Presence) -> tuple[str, Any]:
        there = Presence.objects.there().filter(pk=presence.pk).exists()
        return ("there", _("There")) if there else ("away", _("Away"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    def has_view_permission(self, request: HttpRequest, obj: Presence | None = None) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    has_change_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Presence | None = None) -> bool:
        return False
