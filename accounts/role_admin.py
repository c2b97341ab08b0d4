"""The base of every admin page about a site's rows: who reads and who writes is read from the policy."""

from typing import Any, ClassVar, TypeVar

from django.contrib.admin import SimpleListFilter
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.models import Site
from accounts.policy import Ability, may, sites_where

Row = TypeVar("Row", bound=Model)


class SiteFilter(SimpleListFilter):
    """Narrows a list to one of the sites whose rows the person reads."""

    title = _("site")
    parameter_name = "site"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        sites = sites_where(request.user, model_admin.reads)
        return [(str(pk), name) for pk, name in sites.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> QuerySet[Row]:
        value = self.value()
        return queryset.filter(site_id=value) if value and value.isdecimal() else queryset


class RoleAdmin(ModelAdmin):
    """Shows rows of the sites on which the person has `reads`, and changes them where they have `writes`.

    A row outside those sites does not exist for the person: its pages answer as for an unknown number.
    """

    reads: ClassVar[Ability]
    writes: ClassVar[Ability]
    site_lookup: ClassVar[str] = "site"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        sites = sites_where(request.user, self.reads)
        return super().get_queryset(request).filter(**{f"{self.site_lookup}__in": sites})

    def site_id(self, obj: Model | None) -> int | None:
        """Return the site of a row, or None for all rows together."""
        return obj.site_id if obj else None  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, self.reads)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.reads, self.site_id(obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, self.writes)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.writes, self.site_id(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, self.writes, self.site_id(obj))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the site where there is only one to choose."""
        writable = list(sites_where(request.user, self.writes).values_list("pk", flat=True)[:2])
        only = {"site": writable[0]} if len(writable) == 1 else {}
        return {**only, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Offer no site but those on which the person may write."""
        if db_field.related_model is Site:
            kwargs["queryset"] = sites_where(request.user, self.writes)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SettingsAdmin(RoleAdmin):
    """Shows settings of which each site has one row, made when somebody looks who may change it.

    The model's defaults are those of a site whose row nobody has seen yet.
    """

    list_filter = (SiteFilter,)
    list_select_related = ("site",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = self.model._default_manager
        for site in sites_where(request.user, self.writes).exclude(pk__in=rows.values("site")):
            rows.get_or_create(site=site)
        return super().get_queryset(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly:
    """Mixed in before an admin class: its rows are made, changed and deleted elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
