"""Who may do what: abilities that roles have on a site, and the policy that every entry point declares."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Site, SiteQuerySet, User

Role = Membership.Role
View = TypeVar("View", bound=Callable[..., Any])


class Ability(Enum):
    """Something that a person can do on a site, with the roles that bring it."""

    SEE_SITE = (Role.OWNER, Role.EDITOR, Role.OPERATOR, Role.VIEWER)
    READ_CONVERSATIONS = (Role.OWNER, Role.OPERATOR, Role.VIEWER)
    ANSWER_VISITORS = (Role.OWNER, Role.OPERATOR)
    WRITE_PROMPTS = (Role.OWNER, Role.EDITOR)
    WRITE_KNOWLEDGE = (Role.OWNER, Role.EDITOR)
    MANAGE_SITE = (Role.OWNER,)
    READ_AUDIT = (Role.OWNER,)
    # Counts and sums; the conversations behind them are for READ_CONVERSATIONS.
    READ_ANALYTICS = (Role.OWNER, Role.EDITOR, Role.OPERATOR, Role.VIEWER)
    # To judge examples of data sets that were made of the site's conversations.
    LABEL_DATA = (Role.OWNER, Role.OPERATOR)
    # What belongs to the whole installation is no role's business; superusers may everything.
    RUN_INSTALLATION = ()


def signed_in(request: HttpRequest) -> User:
    """Return the person who sent the request; raises PermissionDenied for a stranger."""
    if isinstance(request.user, AnonymousUser):
        raise PermissionDenied
    return request.user


def sites_where(user: User | AnonymousUser, ability: Ability) -> SiteQuerySet:
    """Return the sites on which `user` has `ability`: none for a stranger, all for a superuser.

    Whoever owes a second factor has no ability anywhere until it is set up.
    """
    if isinstance(user, AnonymousUser) or not user.is_active or not (ability.value or user.is_superuser):
        return Site.objects.none()
    if user.owes_second_factor:
        return Site.objects.none()
    return Site.objects.for_user(user, *ability.value)


def may(user: User | AnonymousUser, ability: Ability, site_id: int | None = None) -> bool:
    """Tell whether `user` has `ability` on the site, or on any site at all when `site_id` is None.

    Whoever owes a second factor has no ability anywhere until it is set up.
    """
    if isinstance(user, AnonymousUser) or not user.is_active or user.owes_second_factor:
        return False
    if user.is_superuser:
        return True
    roles = user.roles if site_id is None else {site_id: user.roles.get(site_id)}
    return any(role in ability.value for role in roles.values())


def works_here(user: User | AnonymousUser) -> bool:
    """Tell whether `user` may come in at all: with a role on some site, or as superuser."""
    return not isinstance(user, AnonymousUser) and user.is_active and (user.is_superuser or bool(user.roles))


def people_seen_by(user: User) -> QuerySet[User]:
    """Return those whom `user` works with: people with a role on a site that `user` manages."""
    if user.is_superuser and not user.owes_second_factor:
        return User.objects.all()
    sites = sites_where(user, Ability.MANAGE_SITE)
    return User.objects.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), site__in=sites)))


def people_managed_by(user: User) -> QuerySet[User]:
    """Return those whose account `user` may change: every role of theirs is on a site that `user` manages.

    Whoever works for another site as well, or runs the installation, is changed by a superuser only: a new
    password for them would open that other site.
    """
    if user.is_superuser and not user.owes_second_factor:
        return User.objects.all()
    elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(
        site__in=sites_where(user, Ability.MANAGE_SITE)
    )
    return people_seen_by(user).filter(~Exists(elsewhere), is_superuser=False)


class Policy(StrEnum):
    """Who gets an answer from an entry point; everybody else gets 401, 403, 404 or the sign-in page."""

    PUBLIC = "anybody"
    VISITOR = "whoever holds a visitor's secret, for that visitor's own conversations"
    PERSON = "whoever is signed in, for the own account"
    STAFF = "people with a role, for the sites on which that role allows it"
    SOCKET = "whoever was let in at a socket, for the conversation that it brings already"
    API_KEY = "programs that hold a key of the site with the scope that the operation names"
    MACHINE = "probes and Prometheus, by token or from this machine"


def policy(declared: Policy) -> Callable[[View], View]:
    """Declare the policy of a view, a consumer or one of its actions.

    The tests refuse a URL or an action without one, and try each.
    """

    def declare(view: View) -> View:
        view.policy = declared  # type: ignore[attr-defined]
        return view

    return declare
