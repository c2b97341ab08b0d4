"""The site that a page of the analytics is about."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Site
from accounts.policy import Ability, signed_in, sites_where


def chosen_site(request: HttpRequest, ability: Ability = Ability.READ_ANALYTICS) -> Site:
    """Return the site that the query names, or the person's first one, on which they have `ability`.

    Raises PermissionDenied where they have it on none; another site than theirs does not exist (Http404).
    """
    sites = sites_where(signed_in(request), ability)
    wanted = request.GET.get("site", "")
    if wanted:
        return get_object_or_404(sites, pk=int(wanted) if wanted.isascii() and wanted.isdigit() else 0)
    site = sites.first()
    if site is None:
        raise PermissionDenied
    return site
