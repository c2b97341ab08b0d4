"""docs/configuration.md names every variable, and nothing that is not one."""

import re

from django.conf import settings

from chatbot.settings import env

DOCUMENTED = re.findall(
    r"^\| `([A-Z_]+)`( \(or file\))? \|", (settings.BASE_DIR / "docs/configuration.md").read_text(), re.M
)


def test_every_variable_is_documented() -> None:
    assert {name for name, _or_file in DOCUMENTED} == {n for n in env.names if not n.endswith("_FILE")}


def test_every_secret_says_that_it_may_come_from_a_file() -> None:
    assert {f"{name}_FILE" for name, or_file in DOCUMENTED if or_file} == {
        name for name in env.names if name.endswith("_FILE")
    }
