"""Everybody tries everything: each person and each key asks each address for the rows of one site.

What is asked for comes from the URLconf, the admin's own forms, and the inbox's actions; what each role may
comes from the table in docs/access.md. Each request is undone, so that all meet the same rows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.db import transaction
from django.forms import MultiWidget
from django.test import Client

from accounts.models import ApiKey, Membership, Site, User
from accounts.policy import Policy
from chatbot.conversations.models import Visitor
from chatbot.operators.actions import ACTIONS
from chatbot.operators.models import Webhook
from tests.chatbot import planted
from tests.chatbot.planted import Planted, secret, written_kinds
from tests.chatbot.table_of_access import CHANGED, READ, ROLES, table
from tests.chatbot.test_policies import ALL


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    policy: Policy
    data: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


@dataclass
class Reached:
    """Which kinds of rows somebody was shown, and has changed, each with the requests that did it."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    tried: int = 0


class World:
    """One site with rows of every kind, and the requests that reach for them."""

    def __init__(self, site: Site, owner: User) -> None:
        self.site = site
        self.rows = planted.plant(site, owner)
        conversation, visitor = self.rows["conversations.Conversation"], self.rows["conversations.Visitor"]
        self.others = visitor.conversations.exclude(pk=conversation.pk).get()  # type: ignore[attr-defined]
        self.names = {
            **dict.fromkeys(("conversation_id", "conversation"), conversation.public_id),  # type: ignore[attr-defined]
            "visitor": visitor.public_id,  # type: ignore[attr-defined]
            "topic": str(self.rows["analytics.Topic"].pk),
            "document": self.rows["knowledge.Document"].public_id,  # type: ignore[attr-defined]
            "message_id": self.rows["conversations.ReplyTrace"].message.public_id,  # type: ignore[attr-defined]
            "said": self.rows["conversations.MessageSentiment"].message.public_id,  # type: ignore[attr-defined]
            **{"number": "1", "kind": "json", "site_key": site.public_key, "content_type_id": "1"},
            "alert_id": self.rows["analytics.Alert"].public_id,  # type: ignore[attr-defined]
            "report_id": self.rows["analytics.Report"].public_id,  # type: ignore[attr-defined]
            "dispatch_id": self.rows["analytics.Dispatch"].public_id,  # type: ignore[attr-defined]
            "name": "conversations",
            "data_set": self.rows["workshop.DataSet"].public_id,  # type: ignore[attr-defined]
            "source_id": str(self.rows["workshop.DataSource"].pk),
            "vote_id": self.rows["workshop.BlindVote"].public_id,  # type: ignore[attr-defined]
            **{"provider_id": "sso", "uidb36": "1", "key": "made-up", "pk": "1", "rest": "nowhere"},
        }
        self.owner = Client()
        self.owner.force_login(owner)
        self.words = self._words()

    def _words(self) -> dict[str, Any]:
        """What is put into every form, whatever it asks for."""
        return {
            **{"site": self.site.pk, "text": "Taken", "name": "taken", "shortcut": "taken", "note": "Taken"},
            **{"email": "taken@taken.example", "role": "owner", "url": "https://taken.example/hook"},
            **{"username": "taken", "password1": "taken horse battery", "password2": "taken horse battery"},
            **{"scopes": list(ApiKey.Scope.values), "kinds": list(Webhook.Kind.values), "post": "yes"},
            **{"message": self.names["said"], "label": "positive"},
            **{"client_id": "taken", "priority": "4", "hours": "1", "into": self.others.public_id},
            **{"labels": [self.rows["operators.Label"].pk], "address": "taken@taken.example"},
            **{"winner": self.rows["prompts.PromptVersion"].pk, "override": "on"},
            **{"questions": "Taken?", "title": "Taken", "mode": "quote", "is_enabled": "on"},
            **{"operator": self.rows["accounts.User"].pk, "colour": "#aa0000", "public_name": "Taken"},
            **{
                "trains_sentiment": "on",
                "seed": "1",
                "days": "7",
                "reason": "Taken",
                "uses_corrections": "on",
            },
            **{"example": self.rows["workshop.Example"].public_id, "verdict": "reject"},  # type: ignore[attr-defined]
            **{"question": "1", "choice": "left"},
            **{"settles": str(self.rows["operators.SettledQuestion"].message_id)},
        }

    def requests(self, *policies: Policy) -> list[Request]:
        """Return what there is to try: each URL read, searched, and sent a form that its owner could send."""
        found: list[Request] = []
        for route, entry in ALL:
            declared = entry.callback.policy
            if declared not in policies or route.startswith(PROBES):
                continue
            for path in self.paths(route):
                found.append(Request("get", path, declared))
                if "<" not in route:
                    found.append(Request("get", f"{path}{SEARCH}", declared))
                form = filled_in(self.owner.get(path)) if path.endswith(("/add/", "/change/")) else {}
                found.append(Request("post", path, declared, {**self.words, **form}))
                if path.startswith("/api/"):
                    found += [Request(method, path, declared, self.words) for method in ("delete", "put")]
        return list(dict.fromkeys(found))

    def paths(self, route: str) -> list[str]:
        """Fill a route's placeholders with the site's rows: one path for each of the inbox's actions."""
        route = re.sub(r"\^\(\?P<app_label>[a-z|]+\)/\$", "accounts/", route).replace(
            "(?P<url>.*)$", "nowhere/"
        )
        names = dict(self.names)
        if route.startswith("/admin/") and len(parts := route.split("/")) > 4:
            label = next((label for label in self.rows if label.lower() == ".".join(parts[2:4])), None)
            if label is not None:
                number = str(self.rows[label].pk)
                names |= dict.fromkeys(("object_id", "id", "version_id", "invitation_id"), number)
        names.setdefault("object_id", "1") if "content_type_id" in route else None
        if "<slug:action>" in route:
            routes = [route.replace("<slug:action>", action) for action in ACTIONS]
        else:
            routes = [route]
        paths = [re.sub(r"<(?:\w+:)?(\w+)>", lambda name: names.get(name[1], name[0]), one) for one in routes]
        for path in paths:
            assert not re.search(r"[<>^$?]", path), f"{route}: this test does not know what to put in"
        return paths

    def walk(self, requests: Iterable[Request], browser: Client, person: User | None = None) -> Reached:
        """Send each request with the browser's cookies and headers, undo it, and tell what it reached."""
        reached, rows, cookies = Reached(), Planted(self.site, without=person), browser.cookies.output()
        for request in requests:
            browser.cookies.load(cookies.replace("Set-Cookie: ", ""))
            cache.clear()
            with transaction.atomic(), written_kinds() as written:
                response = send(browser, request)
                changed = rows.changed(written)
                transaction.set_rollback(True)
            reached.tried += 1
            shown = words_of(response)
            for label in self.rows:
                # The chat shows anybody the name of its site.
                if secret(label) in shown and not (request.policy is Policy.PUBLIC and label == SITE):
                    reached.shown.setdefault(label, []).append(f"{request} → {response.status_code}")
            for label in changed:
                reached.changed.setdefault(label, []).append(f"{request} → {response.status_code}")
        return reached


SITE = "accounts.Site"
# They look at no site's rows, and close the connection on which each request is undone.
PROBES = "/health/"
SEARCH = "?q=secret&s=secret&term=secret&tab=all"


def send(browser: Client, request: Request) -> Any:
    call = getattr(browser, request.method)
    if request.method == "get":
        return call(request.path)
    if request.path.startswith("/api/"):
        return call(request.path, request.data, content_type="application/json")
    return call(request.path, request.data)


def words_of(response: Any) -> str:
    """Return all that an answer says, in its body, its headers, and the messages of the next page."""
    told = " ".join(str(message) for message in get_messages(response.wsgi_request))
    # Of a picture this is no text, and holds no word either.
    body = response.getvalue().decode(errors="replace")
    return f"{response.headers} {told} {body}".lower()


def filled_in(page: Any) -> dict[str, Any]:
    """Return what the browser would send from an admin page's form, with one word changed."""
    context = getattr(page, "context", None)
    if context is None or "adminform" not in context:
        return {}
    main = context["adminform"].form
    forms = [main]
    for inline in context.get("inline_admin_formsets", ()):
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if isinstance(bound.field.widget, MultiWidget):
                parts = bound.field.widget.get_context(bound.html_name, value, {})["widget"]["subwidgets"]
                data |= {part["name"]: part["value"] or "" for part in parts}
            elif bound.name == "role":
                data[bound.html_name] = Membership.Role.VIEWER
            elif value not in (None, False, ""):
                data[bound.html_name] = "on" if value is True else value
    for name in ("name", "text", "username", "public_name", "words", "url", "questions", "addresses"):
        if isinstance(data.get(name), str):
            data[name] = data[name].replace("secret", "changed")
    return data


@pytest.fixture
def world(site: Site, owner: User) -> World:
    return World(site, owner)


EVERYTHING = tuple(policy for policy in Policy if policy is not Policy.MACHINE)


@pytest.mark.parametrize("kind", ["anonymous", "no role", "owner of another site"])
def test_whoever_is_not_of_the_site_reads_and_changes_nothing(kind, world, request):
    browser = Client()
    if kind == "no role":
        browser.force_login(User.objects.create_user("nobody", is_staff=True))
    elif kind == "owner of another site":
        browser.force_login(request.getfixturevalue("stranger"))

    reached = world.walk(world.requests(*EVERYTHING), browser)

    assert (reached.shown, reached.changed) == ({}, {})
    assert reached.tried > 300


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_the_table_says(role, world, request):
    person = request.getfixturevalue(role)
    browser = Client()
    browser.force_login(person)

    reached = world.walk(world.requests(Policy.STAFF, Policy.PERSON), browser, person)

    may_see = {name for name, cells in table().items() if cells[role] != "–"}
    may_change = {name for name, cells in table().items() if cells[role] == "change"}
    for name in table():
        seen = {label for label in READ[name] if label in reached.shown}
        assert seen == (READ[name] if name in may_see else set()), (name, reached.shown)
        changed = {label for label in CHANGED[name] if label in reached.changed}
        assert changed == (CHANGED[name] if name in may_change else set()), (name, reached.changed)
    assert not reached.changed.keys() & planted.OF_THE_INSTALLATION


# What a scope opens: the rows that it shows, and those that it changes.
SCOPES = {
    "conversations:read": (
        {"conversations.Message", "conversations.Conversation", "conversations.MessageSentiment"},
        set(),
    ),
    "conversations:write": ({"conversations.Conversation"}, {"conversations.Conversation"}),
    "visitors:read": (set(), set()),
    "visitors:write": (set(), {"conversations.Visitor", "conversations.Conversation", "conversations.Note"}),
    "prompts:read": ({"prompts.PromptVersion"}, set()),
    "prompts:write": (set(), {"prompts.PromptVersion"}),
    "knowledge:read": ({"knowledge.Source", "knowledge.Document"}, set()),
    "knowledge:write": (set(), {"knowledge.Document", "knowledge.IndexJob"}),
    "analytics:read": (set(), set()),
}
# What any use of a key may leave behind, and what goes along with a change.
TRACES = {"accounts.AuditEntry", "accounts.ApiKey"}


def key_of(site: Site, owner: User | None, *scopes: str) -> tuple[ApiKey, Client]:
    key = ApiKey(site=site, name="walk", scopes=list(scopes), made_by=owner)
    token = key.new_token()
    key.save()
    return key, Client(headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "kind", ["of another site", "revoked", "expired", "without scopes", "guessed", "none", "of a visitor"]
)
def test_a_key_that_is_not_good_here_opens_nothing(kind, world, owner, stranger, other_site):
    key, program = key_of(world.site, owner, *ApiKey.Scope.values)
    if kind == "of another site":
        key, program = key_of(other_site, stranger, *ApiKey.Scope.values)
    elif kind == "revoked":
        key.revoke()
    elif kind == "expired":
        ApiKey.objects.filter(pk=key.pk).update(expires_at="2020-01-01T00:00Z")
    elif kind == "without scopes":
        key, program = key_of(world.site, owner)
    elif kind == "guessed":
        program = Client(headers={"Authorization": f"Bearer pk_{key.prefix}_{'0' * 64}"})
    elif kind == "none":
        program = Client()
    else:
        _visitor, visitors_secret = Visitor.objects.register(world.site)
        program = Client(headers={"Authorization": f"Bearer {visitors_secret}"})

    reached = world.walk(world.requests(Policy.API_KEY), program)

    # The moment of a key's last use is noted, whatever it may.
    assert (reached.shown, reached.changed.keys() - {"accounts.ApiKey"}) == ({}, set())


@pytest.mark.parametrize("scope", ApiKey.Scope.values)
def test_a_scope_opens_what_it_names_and_nothing_else(scope, world, owner):
    _key, program = key_of(world.site, owner, scope)

    reached = world.walk(world.requests(Policy.API_KEY), program)

    shows, changes = SCOPES[scope]
    assert shows <= reached.shown.keys(), reached.shown
    assert changes <= reached.changed.keys(), reached.changed
    for label in ("prompts.PromptVersion", "conversations.Message", "conversations.Conversation"):
        assert label in shows or label not in reached.shown, reached.shown
        assert label in changes or scope.startswith("visitors:write") or label not in reached.changed
    assert not reached.shown.keys() & {"conversations.Note", "accounts.ApiKey", "operators.Webhook"}


def test_every_kind_of_row_is_planted_with_its_word(world):
    kinds = planted.kinds_of(world.site)
    ours = {label for label in kinds if label.split(".")[0] in planted.OUR_APPS}
    all_of_ours = {
        kind._meta.label for kind in planted.apps.get_models() if kind._meta.app_label in planted.OUR_APPS
    }

    assert all_of_ours - ours == planted.NOBODYS
    assert ours == world.rows.keys()
    for label in ours - planted.WITHOUT_WORDS:
        assert secret(label) in str(list(kinds[label].values())), label


def test_the_table_speaks_of_what_the_walk_looks_at():
    assert table().keys() == READ.keys() == CHANGED.keys()
