from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ForeignKey, Model, Prefetch, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.api_key_admin import ApiKeyAdmin
from accounts.audit import only_site_of, record_for
from accounts.audit_admin import AuditEntryAdmin
from accounts.invitation_admin import InvitationAdmin
from accounts.models import AuditEntry, Invitation, Membership, Site, User
from accounts.policy import Ability, may, people_managed_by, people_seen_by, signed_in, sites_where
from accounts.role_admin import RoleAdmin
from accounts.role_changes import record_role_changes, roles_of
from accounts.site_form import SiteForm

__all__ = ["ApiKeyAdmin", "MembershipInline", "SiteAdmin", "UserAdmin"]

# Nobody edits by hand what signing in keeps; accounts/urls.py has the pages for it.
for model in (Group, EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


admin.site.register(Invitation, InvitationAdmin)
admin.site.register(AuditEntry, AuditEntryAdmin)


class MembershipInline(TabularInline):
    """Roles, on the page of a site or of a person; an owner sees those of the own sites alone."""

    model = Membership
    extra = 0
    hide_title = True
    verbose_name = _("role")
    verbose_name_plural = _("Roles")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        managed = sites_where(request.user, Ability.MANAGE_SITE)
        return super().get_queryset(request).filter(site__in=managed).select_related("site", "user")

    def get_min_num(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> int:
        """Demand a role of every person whom an owner adds, who could never be found again without one."""
        return int(self.parent_model is User and obj is None and not request.user.is_superuser)

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_min=True, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        if db_field.related_model is Site:
            kwargs["queryset"] = sites_where(request.user, Ability.MANAGE_SITE)
        elif db_field.related_model is User:
            kwargs["queryset"] = people_seen_by(signed_in(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name each choice for screen readers: in a table the column's heading is no label."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            field.widget.attrs["aria-label"] = field.label
        return field

    def _may_manage(self, request: HttpRequest, parent: Model | None) -> bool:
        if isinstance(parent, Site):
            return may(request.user, Ability.MANAGE_SITE, parent.pk)
        if isinstance(parent, User):
            return people_managed_by(signed_in(request)).filter(pk=parent.pk).exists()
        return may(request.user, Ability.MANAGE_SITE)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(obj, User) or self._may_manage(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_manage(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_manage(request, obj)


@admin.register(Site)
class SiteAdmin(RoleAdmin):
    """A site's settings, its people, and the line that puts the widget on its pages."""

    reads = Ability.SEE_SITE
    writes = Ability.MANAGE_SITE
    site_lookup = "pk"
    form = SiteForm
    inlines = (MembershipInline,)
    list_display = ("name", "key", "origins", "language", "created_at")
    search_fields = ("name", "public_key")
    readonly_fields = ("snippet",)
    fieldsets = (
        (None, {"fields": ("name", "public_key", "allowed_origins", "snippet")}),
        (_("People"), {"fields": ("requires_two_factor",)}),
        (_("Appearance"), {"fields": ("accent_colour", "greeting", "language")}),
    )

    def site_id(self, obj: Model | None) -> int | None:
        return obj.pk if obj else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a site take its prompts and conversations along, which nobody deletes one by one."""
        listed, counts, _permissions_needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the roles, and record what was done: the site is saved by now."""
        site = form.instance
        before = roles_of(site)
        super().save_related(request, form, formsets, change)
        if not change:
            record_for(request, "site.created", site=site, about=site)
        elif form.changed_data:
            record_for(request, "site.changed", site=site, about=site, fields=form.changed_data)
        record_role_changes(request, before, roles_of(site))

    def delete_model(self, request: HttpRequest, obj: Site) -> None:
        record_for(request, "site.deleted", site=obj, about=obj)
        super().delete_model(request, obj)

    @display(description=_("public key"), ordering="public_key")
    def key(self, site: Site) -> str:
        return format_html("<code>{}</code>", site.public_key)

    @display(description=_("allowed origins"), empty_value="–")
    def origins(self, site: Site) -> str | None:
        return ", ".join(site.allowed_origins) or None

    @display(description=_("On your pages"))
    def snippet(self, site: Site) -> str:
        loader = f"{settings.PUBLIC_URL}/widget/loader.js"
        tag = f'<script async src="{loader}" data-site="{site.public_key}"></script>'
        return format_html('<code class="parley-snippet">{}</code>', tag)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """People and their roles. Owners manage those who work for their sites only; superusers everybody."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (MembershipInline,)
    list_display = ("username", "full_name", "email", "works_as", "is_active", "last_login")
    list_filter = ("is_active",)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    filter_horizontal = ()
    actions = None
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        managed = Membership.objects.filter(site__in=sites_where(request.user, Ability.MANAGE_SITE))
        shown_roles = Prefetch("memberships", managed.select_related("site"), to_attr="shown_roles")
        people = super().get_queryset(request).filter(pk__in=people_seen_by(signed_in(request)))
        return people.prefetch_related(shown_roles)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        rights = ("is_active", "is_superuser") if request.user.is_superuser else ("is_active",)
        return (
            (None, {"fields": ("username", "password")}),
            (_("Person"), {"fields": ("first_name", "last_name", "email")}),
            (_("Access"), {"fields": (*rights, "last_login", "date_joined")}),
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.MANAGE_SITE)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is None:
            return may(request.user, Ability.MANAGE_SITE)
        return people_managed_by(signed_in(request)).filter(pk=obj.pk).exists()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and self.has_change_permission(request, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the roles, and record what was done: the person is saved by now."""
        person = form.instance
        before = roles_of(person)
        super().save_related(request, form, formsets, change)
        site = only_site_of(person)
        if not change:
            record_for(request, "person.created", site=site, about=person)
        elif form.changed_data:
            rights = {
                name: form.cleaned_data[name]
                for name in ("is_active", "is_superuser")
                if name in form.changed_data
            }
            record_for(request, "person.changed", site=site, about=person, fields=form.changed_data, **rights)
        record_role_changes(request, before, roles_of(person))

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        record_for(request, "person.deleted", site=only_site_of(obj), about=obj)
        super().delete_model(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set a password; recorded in the same transaction, if it did change."""
        person = self.get_object(request, unquote(id))
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            now = self.get_object(request, unquote(id))
            if person is not None and now is not None and now.password != person.password:
                site = only_site_of(now)
                record_for(request, "person.password_changed", site=site, about=now)
        return response

    @display(description=_("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @display(description=_("roles"), empty_value="–")
    def works_as(self, user: User) -> str | None:
        roles: list[Membership] = getattr(user, "shown_roles", [])
        return ", ".join(f"{role.site}: {role.get_role_display()}" for role in roles) or None
