"""The cast: owner, editor, operator and viewer of one site, a stranger who owns another one."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection

from accounts.models import Membership, Site, User
from chatbot.conversations import admission
from chatbot.operators import nudges

pytest_plugins = ["tests.models"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database by way of a fixture, so that `-m django_db` selects it."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"db", "transactional_db"} and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db(transaction="transactional_db" in fixtures))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Test databases are as real ones: SQLite in WAL mode, in a file that threads share."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")


@pytest.fixture(autouse=True)
def plain_static_files(settings: LazySettings) -> None:
    """Tests read static files from where they are written, without collecting them first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings: LazySettings) -> None:
    """A real password takes half a second to hash, and every test that needs people makes some."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    yield
    cache.clear()
    admission.forget()
    nudges.forget()


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(
        name="Lumen Lamps", public_key="lumen", allowed_origins=["https://lumen.example"]
    )


@pytest.fixture
def other_site(db: None) -> Site:
    return Site.objects.create(name="Other Oak", public_key="other")


def _member(name: str, site: Site, role: Membership.Role) -> User:
    user = User.objects.create_user(name, password="correct horse battery", is_staff=True)
    Membership.objects.create(user=user, site=site, role=role)
    return user


@pytest.fixture
def owner(site: Site) -> User:
    return _member("owner", site, Membership.Role.OWNER)


@pytest.fixture
def editor(site: Site) -> User:
    return _member("editor", site, Membership.Role.EDITOR)


@pytest.fixture
def operator(site: Site) -> User:
    return _member("operator", site, Membership.Role.OPERATOR)


@pytest.fixture
def viewer(site: Site) -> User:
    return _member("viewer", site, Membership.Role.VIEWER)


@pytest.fixture
def stranger(other_site: Site) -> User:
    return _member("stranger", other_site, Membership.Role.OWNER)


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("administrator", password="correct horse battery")
