"""The kinds of privileged act: each has a sentence for people, and says what of its data is personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models.audit import AuditEntry

UNKNOWN = "–"


class UnknownKind(LookupError):
    """No action type of this kind is registered."""


class _Words(dict[str, Any]):
    """What a sentence may name; whatever was erased or never known reads as a dash."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


class ActionType:
    """A kind of act that is recorded; a subclass lives beside what it describes.

    `sentence` may name %(actor)s, %(about)s, %(site)s and every key of the data. `personal` names the keys
    that are erased when the entry is scrubbed.
    """

    kind: ClassVar[str]
    name: ClassVar[str | Promise]
    sentence: ClassVar[str | Promise]
    personal: ClassVar[frozenset[str]] = frozenset()

    def describe(self, entry: AuditEntry) -> str:
        """Return one sentence in the reader's language; plain text, not safe as HTML."""
        return str(self.sentence) % _Words(self.words(entry))

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        """Return what the sentence may name; subclasses put codes into words here."""
        data = {
            key: ", ".join(map(str, value)) if isinstance(value, list) else value
            for key, value in entry.all_data.items()
        }
        return {
            **data,
            "actor": entry.actor_name or (_("Person %d") % entry.actor_id if entry.actor_id else "Parley"),
            "about": entry.about_name or entry.about_id or UNKNOWN,
            "site": entry.site_name or UNKNOWN,
        }

    def scrub(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return what of `data` may be kept for good; a value may come back changed, such as shortened."""
        return {key: value for key, value in data.items() if key not in self.personal}


Type = TypeVar("Type", bound=ActionType)
_types: dict[str, ActionType] = {}


def register(action_type: type[Type]) -> type[Type]:
    """Make an action type known, as a class decorator; raises ValueError when its kind is taken."""
    if action_type.kind in _types:
        raise ValueError(f"The kind of act “{action_type.kind}” is registered already.")
    _types[action_type.kind] = action_type()
    return action_type


def action_type_of(kind: str) -> ActionType:
    """Return the action type of this kind; raises UnknownKind."""
    try:
        return _types[kind]
    except KeyError:
        raise UnknownKind(f"No kind of act is called “{kind}”.") from None


def action_types() -> list[ActionType]:
    """Return every registered action type, by kind."""
    return [_types[kind] for kind in sorted(_types)]
