"""The admin site: open to everybody with a role, and each of its pages declared as such."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.audit import only_site_of, record_for
from accounts.policy import Ability, Policy, may, policy, signed_in
from accounts.sign_in import record_failed_sign_in, record_sign_in, record_sign_out


class ParleyAdminSite(UnfoldAdminSite):
    """Unfold's admin site, entered by a role on some site instead of Django's staff flag."""

    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Ability.SEE_SITE)

    @policy(Policy.PUBLIC)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign a person in.

        No transaction around it: SQLite's only writer would wait while the password is hashed. If recording
        fails, so does the request, and the browser never learns of its new session.
        """
        response = super().login(request, extra_context)
        if request.method == "POST":
            if isinstance(response, HttpResponseRedirect):
                record_sign_in(request, signed_in(request))
            else:
                record_failed_sign_in(request, request.POST.get("username", ""))
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            record_sign_out(request, signed_in(request))
        return super().logout(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = signed_in(request)
        before = person.password
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if person.password != before:
                site = only_site_of(person)
                record_for(request, "person.password_changed", site=site, about=person)
        return response

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
