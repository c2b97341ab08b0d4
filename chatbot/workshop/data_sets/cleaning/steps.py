"""What a step of cleaning is: it sees what is left, and lets each example pass, changes or removes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise

from chatbot.workshop.data_sets.texts import Messages
from chatbot.workshop.models import Example


@dataclass(frozen=True, slots=True)
class Removed:
    """The example goes. `why` is a code of `reasons`, `like` the key of the one that it repeats."""

    why: str
    like: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The example stays with other messages; `whys` are codes of `reasons`, one for each thing changed."""

    messages: Messages
    whys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that a step is told, from `low` to `high`, or a list of words where `high` is 0."""

    name: str
    label: str | Promise
    default: int | tuple[str, ...]
    low: int = 0
    high: int = 0

    @property
    def is_list(self) -> bool:
        return isinstance(self.default, tuple)


class Step:
    """One step over one data set; made anew for each run."""

    about: ClassVar[str | Promise]
    settings: ClassVar[tuple[Setting, ...]] = ()
    # Whether all examples are to be seen with `look` before the first is judged.
    looks_first: ClassVar[bool] = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.told: dict[str, Any] = {one.name: settings.get(one.name, one.default) for one in self.settings}

    def look(self, example: Example) -> None:
        """See an example before any is judged."""

    def looked(self) -> None:
        """Draw the conclusions from what was seen."""

    def judge(self, example: Example) -> Removed | Changed | None:
        """Say what becomes of an example; None lets it pass as it is."""
        raise NotImplementedError

    def sentences(self) -> list[tuple[str, int]]:
        """Return what recurs and how often, for the report."""
        return []
