"""Steps that keep the first of several examples that say the same, or nearly so."""

import hashlib
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from chatbot.workshop.data_sets.cleaning.steps import Removed, Setting, Step
from chatbot.workshop.data_sets.nearness import Nearness
from chatbot.workshop.data_sets.texts import text_of
from chatbot.workshop.models import Example


class ExactDuplicates(Step):
    """Removes what repeats an earlier example but for case, spaces and forms of the same character."""

    about = _("Removes examples that repeat an earlier one, but for capitals and spaces.")

    def __init__(self, settings: object) -> None:
        super().__init__({})
        # 16 bytes of a digest for each example, not its text.
        self._first: dict[bytes, int] = {}

    def judge(self, example: Example) -> Removed | None:
        key = hashlib.blake2b(text_of(example.messages).encode(), digest_size=16).digest()
        first = self._first.setdefault(key, example.pk)
        return Removed("exact", first) if first != example.pk else None


class NearDuplicates(Step):
    """Removes what says nearly the same as an earlier example; see `nearness` for the method."""

    about = _(
        "Removes examples that share most of their pieces with an earlier one: three words in a row, or "
        "three characters in languages without spaces."
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("percent", _("Pieces shared, in per cent"), 80, low=50, high=99),
    )
    looks_first = True

    def __init__(self, settings: "dict[str, object]") -> None:
        super().__init__(settings)
        self._nearness = Nearness()
        self._keys: list[int] = []
        self._like: dict[int, int] = {}

    def look(self, example: Example) -> None:
        self._nearness.add(text_of(example.messages))
        self._keys.append(example.pk)

    def looked(self) -> None:
        found = self._nearness.repetitions(self.told["percent"] / 100)
        self._like = {self._keys[place]: self._keys[stays] for place, stays in found.items()}

    def judge(self, example: Example) -> Removed | None:
        like = self._like.get(example.pk)
        return Removed("near", like) if like is not None else None
