"""The base of admin pages about what belongs to the whole installation."""

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.policy import Ability, may


class InstallationAdmin(ModelAdmin):
    """Shows and changes rows for whoever runs the installation; nobody else learns that they are there."""

    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, Ability.RUN_INSTALLATION)
