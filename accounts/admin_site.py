"""The admin site: open to everybody with a role, and each of its pages declared as such."""

from collections.abc import Iterable
from typing import Any

from allauth.account import views as account_views
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.policy import Ability, Policy, may, policy
from accounts.sign_in import sign_in


class ParleyAdminSite(UnfoldAdminSite):
    """Unfold's admin site, entered by a role on some site instead of Django's staff flag."""

    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.SEE_SITE)

    @policy(Policy.PUBLIC)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sign_in(request)

    @policy(Policy.PUBLIC)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return account_views.logout(request)

    @policy(Policy.PERSON)
    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return account_views.password_change(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        urls: list[URLPattern | URLResolver] = super().get_urls()
        _declare_staff(urls)
        return urls


def _declare_staff(urls: Iterable[URLPattern | URLResolver]) -> None:
    for entry in urls:
        if isinstance(entry, URLResolver):
            _declare_staff(entry.url_patterns)
        elif not hasattr(entry.callback, "policy"):
            policy(Policy.STAFF)(entry.callback)
