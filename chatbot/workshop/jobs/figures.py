"""The figures of a job, before and after, and in words what they come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Which figures are better when they are smaller, by the name that programs give them.
_SMALLER_IS_BETTER = frozenset(
    {"perplexity", "bytes", "file_bytes", "resident_bytes", "memory", "parameters", "membership_auc"}
)
_BYTES = frozenset({"bytes", "file_bytes", "resident_bytes", "memory"})
_NAMES: dict[str, Promise] = {
    "perplexity": gettext_lazy("Perplexity on unseen dialogues"),
    "parameters": gettext_lazy("Parameters"),
    "bytes": gettext_lazy("File"),
    "file_bytes": gettext_lazy("File"),
    "resident_bytes": gettext_lazy("Memory while it answers"),
    "memory": gettext_lazy("Memory"),
    "layers": gettext_lazy("Layers"),
    "tokens_per_second": gettext_lazy("Tokens a second"),
    "macro_f1": gettext_lazy("Macro-F1"),
    "accuracy": gettext_lazy("Accuracy"),
    "epsilon": gettext_lazy("Epsilon, spent"),
    "delta": gettext_lazy("Delta"),
    "membership_auc": gettext_lazy("AUC of a membership attack (0.5: none)"),
    "seconds": gettext_lazy("Time of the program, in seconds"),
    "peak_memory": gettext_lazy("Memory of the program at its peak"),
    "tokens": gettext_lazy("Tokens learnt from"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as people read it; `is_better` is None where there are no two that differ."""

    name: str
    before: str
    after: str
    is_better: bool | None = None


def figures_of(result: dict[str, Any]) -> list[Figure]:
    """Return a program's result as a table: first the pairs `NAME_before`, `NAME_after`, then the rest."""
    return [*_pairs(result), *_singles(result)]


def in_words(result: dict[str, Any]) -> str:
    """Say what happened to the quality, and to the size; nothing where the program gave no figures."""
    return " ".join(_sentences(result))


def _sentences(result: dict[str, Any]) -> Iterator[str]:
    before, after = result.get("perplexity_before"), result.get("perplexity_after")
    if _is_number(before) and _is_number(after) and before:
        change = {"percent": number_format(abs(100 * (after / before - 1)), 1)}
        if after < before:
            yield (
                _("It is less surprised by what your people answered: perplexity fell by %(percent)s %%.")
                % change
            )
        elif after > before:
            yield (
                _("It knows what your people answered less well: perplexity rose by %(percent)s %%.") % change
            )
        else:
            yield _("Perplexity is what it was.")
    before, after = result.get("bytes_before"), result.get("bytes_after", result.get("bytes"))
    if _is_number(before) and _is_number(after) and before and after < before:
        change = {"percent": number_format(100 * (1 - after / before), 1)}
        yield _("Its file is smaller by %(percent)s %%.") % change


def _pairs(result: dict[str, Any]) -> Iterator[Figure]:
    for key, before in result.items():
        name, _sep, which = key.rpartition("_")
        after = result.get(f"{name}_after", result.get(name))
        if which == "before" and _is_number(before) and _is_number(after):
            is_better = None if after == before else (after < before) == (name in _SMALLER_IS_BETTER)
            yield Figure(_name(name), _written(name, before), _written(name, after), is_better)


def _singles(result: dict[str, Any]) -> Iterator[Figure]:
    paired = {key.rpartition("_")[0] for key in result if key.endswith("_before")}
    for key, value in result.items():
        name, _sep, which = key.rpartition("_")
        is_of_pair = which in ("before", "after") and name in paired
        if not is_of_pair and key not in paired and _is_number(value):
            yield Figure(_name(key), "–", _written(key, value))


def _name(key: str) -> str:
    return str(_NAMES.get(key, key.replace("_", " ")))


def _written(name: str, value: float) -> str:
    if name in _BYTES or name == "peak_memory":
        return f"{number_format(value / 1e6, 1)} MB"
    if isinstance(value, int) or float(value).is_integer():
        return number_format(int(value), use_l10n=True, force_grouping=True)
    return number_format(value, 3) if abs(value) >= 0.001 else f"{value:.2g}"


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
