"""Settings from the environment: each read is checked, and each variable is known by name.

A value of the wrong kind raises `ImproperlyConfigured` with the name of the variable, so that a wrong
setting stops the start. A secret may also come from the file named by `NAME_FILE`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

Number = TypeVar("Number", int, float)

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


@dataclass
class Environment:
    """Reads variables from `source` and remembers which names were asked for."""

    source: Mapping[str, str] = field(default_factory=lambda: os.environ)
    names: set[str] = field(default_factory=set)

    def text(self, name: str, default: str = "") -> str:
        """Return the variable, stripped, or `default` when it is not set."""
        self.names.add(name)
        return self.source.get(name, default).strip()

    def flag(self, name: str, default: bool = False) -> bool:
        """Return the variable as a truth value; raise when it is neither yes nor no."""
        value = self.text(name, str(default)).lower()
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be yes or no, not “{value}”.")

    def whole(self, name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
        """Return the variable as a whole number between `low` and `high`; raise otherwise."""
        return self._between(name, default, int, "a whole number", low, high)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Return the variable as a number between `low` and `high`; raise otherwise."""
        return self._between(name, default, float, "a number", low, high)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return the variable if it is one of `choices`; raise otherwise."""
        value = self.text(name, default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not “{value}”.")
        return value

    def items(self, name: str, default: str = "") -> list[str]:
        """Return a comma-separated variable as a list without empty entries."""
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def networks(self, name: str) -> list[str]:
        """Return a comma-separated variable of networks; raise for what is none."""
        found = self.items(name)
        for network in found:
            try:
                ip_network(network)
            except ValueError:
                raise ImproperlyConfigured(
                    f"{name} must hold networks like 10.1.0.0/16, not “{network}”."
                ) from None
        return found

    def secret(self, name: str, default: str = "") -> str:
        """Return a secret from `NAME`, or else from the file named by `NAME_FILE`."""
        file_name = self.text(f"{name}_FILE")
        if not file_name:
            return self.text(name, default)
        if self.text(name):
            raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error

    def _between(
        self, name: str, default: Number, convert: type[Number], kind: str, low: Number, high: Number
    ) -> Number:
        value = self.text(name, str(default))
        try:
            number = convert(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be {kind}, not “{value}”.") from None
        if not low <= number <= high:
            raise ImproperlyConfigured(f"{name} must lie between {low} and {high}, not {value}.")
        return number
