"""Two kinds of act of this folder's own, so that its tests do not depend on what the product records."""

from collections.abc import Iterator

import pytest

from accounts import action_types
from accounts.action_types import ActionType, register


class LampLit(ActionType):
    kind = "test.lamp_lit"
    name = "Lit a lamp"
    sentence = "%(actor)s lit %(about)s on %(site)s with %(colour)s light, told by %(email)s"
    personal = frozenset({"email"})


class LampBroken(ActionType):
    kind = "test.lamp_broken"
    name = "Broke a lamp"
    sentence = "%(actor)s broke a lamp"


@pytest.fixture(autouse=True)
def lamp_acts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(action_types, "_types", dict(action_types._types))
    register(LampLit)
    register(LampBroken)
    yield
