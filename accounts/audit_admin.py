"""The audit record in the admin: to read, to filter and to take along, never to change."""

from typing import Any

from django.contrib.admin import ModelAdmin as DjangoModelAdmin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.action_types import UnknownKind, action_type_of, action_types
from accounts.audit import entries_seen_by, only_site_of, record_for
from accounts.audit_export import csv_response
from accounts.models import AuditEntry, Site
from accounts.policy import Ability, people_seen_by, signed_in
from accounts.role_admin import ReadOnly, RoleAdmin, SiteFilter


class KindFilter(SimpleListFilter):
    """Narrows the list to one kind of act."""

    title = _("kind of act")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(((act.kind, str(act.name)) for act in action_types()), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class PersonFilter(SimpleListFilter):
    """Narrows the list to what one person did; those who are gone are found by the search."""

    title = _("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = people_seen_by(signed_in(request)).order_by("username")
        return [(str(pk), name) for pk, name in people.values_list("pk", "username")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value()
        return queryset.filter(actor_id=int(value)) if value and value.isdecimal() else queryset


class AuditEntryAdmin(ReadOnly, RoleAdmin):
    """What people did, on the sites whose owner the reader is; superusers read all of it."""

    reads = Ability.READ_AUDIT
    writes = Ability.READ_AUDIT
    list_display = ("when", "act", "site_name", "network")
    list_display_links = ("when", "act")
    list_filter = (KindFilter, SiteFilter, PersonFilter, "when")
    list_per_page = 50
    ordering = ("-number",)
    search_fields = ("actor_name", "about_name", "about_id", "network")
    search_help_text = _("Search for a person, a network, or the name or id of what an act was about")
    show_full_result_count = False
    list_before_template = "admin/accounts/audit_export.html"
    fields = (
        ("number", "when"),
        "act",
        ("kind_name", "person"),
        ("site_name", "network"),
        "thing",
        "details",
        "personal_data",
        "previous_hash",
        "hash",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Return what the reader may see; acts on no site, or on one that is gone, are superusers' alone."""
        return DjangoModelAdmin.get_queryset(self, request).filter(pk__in=entries_seen_by(request.user))

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="accounts_auditentry_export"), *super().get_urls()]

    @method_decorator(require_POST)
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Send the entries that the list shows with the same filters as CSV, and record that."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            entries = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:accounts_auditentry_changelist") + "?e=1")
        with transaction.atomic():
            site = self._site_of_export(request)
            act = record_for(
                request,
                "audit.exported",
                site=site,
                entries=entries.count(),
                filters=request.GET.urlencode(),
            )
        return csv_response(request, entries.filter(number__lt=act.number))

    def _site_of_export(self, request: HttpRequest) -> Site | None:
        """Return the site that was asked for, so that its owner learns of the export, or the person's own."""
        wanted = request.GET.get("site", "")
        site = Site.objects.filter(pk=wanted).first() if wanted.isdecimal() else None
        return site or only_site_of(signed_in(request))

    @display(description=_("act"))
    def act(self, entry: AuditEntry) -> str:
        return entry.describe()

    @display(description=_("kind of act"))
    def kind_name(self, entry: AuditEntry) -> Any:
        try:
            return action_type_of(entry.kind).name
        except UnknownKind:
            return entry.kind

    @display(description=_("person"), empty_value="–")
    def person(self, entry: AuditEntry) -> str | None:
        if entry.actor_id is None:
            return None
        return f"{entry.actor_name or '–'} (#{entry.actor_id})"

    @display(description=_("about"), empty_value="–")
    def thing(self, entry: AuditEntry) -> str | None:
        if not entry.about_type:
            return None
        return f"{entry.about_name or '–'} ({entry.about_type} {entry.about_id})"

    @display(description=_("details"), empty_value="–")
    def details(self, entry: AuditEntry) -> str | None:
        rows = format_html_join(
            "",
            "<div><dt>{}</dt><dd>{}</dd></div>",
            (
                (name, ", ".join(map(str, value)) if isinstance(value, list) else value)
                for name, value in sorted(entry.all_data.items())
            ),
        )
        return format_html('<dl class="parley-facts">{}</dl>', rows) if rows else None

    @display(description=_("personal data"))
    def personal_data(self, entry: AuditEntry) -> Any:
        return _("erased") if entry.is_scrubbed else _("kept")
