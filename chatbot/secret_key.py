"""The secret key of an installation that was not given one."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def load_or_create_secret_key(data_dir: Path) -> str:
    """Return the key kept in `data_dir`, created with mode 0600 on the first call.

    Two processes that start at once agree on one key: the first to link its file in place wins.
    Raises ImproperlyConfigured when the folder cannot be written.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            candidate = data_dir / f".secret_key.{os.getpid()}"
            descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(get_random_secret_key() + get_random_secret_key())
            try:
                os.link(candidate, path)
            except FileExistsError:
                pass
            finally:
                candidate.unlink()
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR ({data_dir}) cannot hold the secret key: {error.strerror}. "
            "Set DATA_DIR to a folder that can be written."
        ) from error
