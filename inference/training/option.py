"""What a program of training can be told: one description for its command line and for the form of a page."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. Its type is that of `default`; numbers lie from `least` to `most`, both allowed.

    With `choices` it is one of them. `help` says in one English sentence what it changes.
    """

    name: str
    default: int | float | bool | str
    help: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def parse(self, value: str) -> int | float | bool | str:
        """Read a value from a command line; raises ValueError with one sentence for one that will not do."""
        if isinstance(self.default, bool):
            if value not in ("true", "false"):
                raise ValueError(f"{self.flag} is true or false, not {value!r}.")
            return value == "true"
        if isinstance(self.default, str):
            if self.choices and value not in self.choices:
                raise ValueError(f"{self.flag} is one of {', '.join(self.choices)}, not {value!r}.")
            return value
        try:
            number = type(self.default)(value)
        except ValueError:
            raise ValueError(f"{self.flag} is a number, not {value!r}.") from None
        # A comparison with NaN is never true, so it is asked this way round.
        if not (self.least is None or number >= self.least) or not (self.most is None or number <= self.most):
            raise ValueError(f"{self.flag} lies between {self.least} and {self.most}, not at {value}.")
        return number


def add_options(parser: ArgumentParser, options: Sequence[Option]) -> None:
    """Let `parser` take `options`; what will not do ends the program with a sentence on standard error."""

    def reader(option: Option) -> Callable[[str], int | float | bool | str]:
        def read(value: str) -> int | float | bool | str:
            try:
                return option.parse(value)
            except ValueError as problem:
                raise ArgumentTypeError(str(problem)) from None

        return read

    for option in options:
        parser.add_argument(
            option.flag, dest=option.name, default=option.default, type=reader(option), help=option.help
        )


def command_line(options: Sequence[Option], values: dict[str, Any]) -> list[str]:
    """Return `values`, by option name, as arguments of the program that takes `options`."""
    told = [(option.flag, values[option.name]) for option in options if option.name in values]
    return [
        word
        for flag, value in told
        for word in (flag, str(value).lower() if isinstance(value, bool) else str(value))
    ]
