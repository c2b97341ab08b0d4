"""docs/api.md names every operation with its scope, every scope, and every code of a refusal."""

import re
from pathlib import Path

from accounts.models import ApiKey
from chatbot.api import ROUTERS
from chatbot.api_keys import KeyBearer

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ((?:`[A-Z]+ /api/v1/\S+`(?:, )?)+) \| `(\S+)` \|", GUIDE, re.M)


def test_every_operation_is_documented_with_its_scope() -> None:
    documented = {
        (method, re.sub(r"\{\w+\}", "{}", path.split("?")[0]), scope)
        for calls, scope in ROWS
        for method, path in re.findall(r"`([A-Z]+) /api/v1(\S+)`", calls)
    }
    asked = {
        (method, re.sub(r"\{\w+\}", "{}", path), operation.auth_param.scope.value)
        for router in ROUTERS
        for path, view in router.path_operations.items()
        for operation in view.operations
        if isinstance(operation.auth_param, KeyBearer)
        for method in operation.methods
    }

    assert documented == asked


def test_every_scope_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+:\w+)` \|", GUIDE, re.M)) == set(ApiKey.Scope.values)


def test_every_code_of_a_refusal_is_named() -> None:
    sources = [*(ROOT / "chatbot/operators/api").glob("*.py"), ROOT / "chatbot/api_problems.py"]
    raised = set()
    for source in [*sources, ROOT / "chatbot/widget/api.py", ROOT / "chatbot/api.py"]:
        raised |= set(re.findall(r"\(\s*4\d\d,\s*\"(\w+)\"", source.read_text(encoding="utf-8")))

    assert raised and {code for code in raised if f"`{code}`" not in GUIDE} == set()
