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
    {"perplexity", "bytes", "file_bytes", "resident_bytes", "parameters", "layers", "ece", "load_seconds"}
    | {"membership_auc"}
)
_BYTES = frozenset({"bytes", "file_bytes", "resident_bytes", "peak_memory"})
# What is shown of a result, in this order; programs say more, which stays in the row.
_NAMES: dict[str, Promise] = {
    "perplexity": gettext_lazy("Perplexity on unseen dialogues"),
    "perplexity_teacher": gettext_lazy("Perplexity of the teacher"),
    "perplexity_control": gettext_lazy("Perplexity of the same student without a teacher"),
    "perplexity_reduced": gettext_lazy("Perplexity before the recovery"),
    "accuracy": gettext_lazy("Accuracy"),
    "macro_f1": gettext_lazy("Macro-F1"),
    "ece": gettext_lazy("Calibration error"),
    "agreement": gettext_lazy("Agreement with the teacher"),
    "epsilon_budget": gettext_lazy("Epsilon, the budget"),
    "epsilon": gettext_lazy("Epsilon, spent"),
    "delta": gettext_lazy("Delta"),
    "membership_auc": gettext_lazy("AUC of an attack on who was learnt from (0.5: it guesses)"),
    "membership_auc_without_privacy": gettext_lazy("AUC of the same attack without privacy"),
    "layers": gettext_lazy("Layers"),
    "parameters": gettext_lazy("Parameters"),
    "bytes": gettext_lazy("Size of the weights"),
    "file_bytes": gettext_lazy("Size of the file"),
    "resident_bytes": gettext_lazy("Memory while it answers"),
    "load_seconds": gettext_lazy("Seconds to load"),
    "tokens_per_second": gettext_lazy("Tokens a second"),
    "texts_per_second": gettext_lazy("Texts a second"),
    "tokens": gettext_lazy("Tokens learnt from"),
    "seconds": gettext_lazy("Time of the program, in seconds"),
    "peak_memory": gettext_lazy("Memory of the program at its peak"),
    "perplexity_ratio": gettext_lazy("Perplexity after, divided by that before"),
    "heads": gettext_lazy("Attention heads of a layer"),
    "zeros": gettext_lazy("Weights that are zero"),
    "zeros_share": gettext_lazy("Share of the weights that are zero"),
    "test_tokens": gettext_lazy("Tokens measured on"),
    "control_ratio": gettext_lazy("Perplexity with the teacher, divided by that without"),
    "macro_f1_ratio": gettext_lazy("Macro-F1 of the student, divided by the teacher's"),
    "speed_ratio": gettext_lazy("Speed of the student, divided by the teacher's"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as people read it; `is_better` is None where there are no two that differ."""

    name: str
    before: str
    after: str
    is_better: bool | None = None


def figures_of(result: dict[str, Any]) -> list[Figure]:
    """Return a program's result as a table, of two values where it gives `NAME_before` and one after."""
    return list(_figures(_flat(result)))


def in_words(result: dict[str, Any]) -> str:
    """Say what happened to the quality, and to the size; nothing where the program gave no figures."""
    return " ".join(_sentences(_flat(result)))


def _sentences(numbers: dict[str, float]) -> Iterator[str]:
    before = numbers.get("perplexity_teacher", numbers.get("perplexity_before", 0.0))
    after = numbers.get("perplexity_after")
    if after is not None and before:
        change = {"percent": number_format(abs(100 * (after / before - 1)), 1)}
        if "perplexity_teacher" in numbers:
            words = (
                _("Its perplexity is %(percent)s %% above the teacher's.")
                if after > before
                else _("Its perplexity is %(percent)s %% below the teacher's.")
            )
        elif after < before:
            words = _("It is less surprised by what your people answered: perplexity fell by %(percent)s %%.")
        else:
            words = _("It knows what your people answered less well: perplexity rose by %(percent)s %%.")
        yield words % change
    if all(name in numbers for name in ("epsilon_budget", "epsilon", "delta")):
        yield _(
            "It has spent %(spent)s of its privacy budget of epsilon %(budget)s, at a delta of %(delta)s. "
            "The unit is one conversation: several of one visitor are not protected together, and the "
            "figures on this page are not covered."
        ) % {
            "spent": number_format(numbers["epsilon"], 2),
            "budget": number_format(numbers["epsilon_budget"], 2),
            "delta": f"{numbers['delta']:.2g}",
        }
    before, after = numbers.get("file_bytes_before", 0.0), numbers.get("file_bytes_after")
    if after is not None and before > after:
        percent = number_format(100 * (1 - after / before), 1)
        yield _("Its file is smaller by %(percent)s %%.") % {"percent": percent}


def _figures(numbers: dict[str, float]) -> Iterator[Figure]:
    for name, words in _NAMES.items():
        before = numbers.get(f"{name}_before")
        after = numbers.get(f"{name}_after", numbers.get(name))
        # Of a training that is its own speed, of a version what it answers with.
        if after is None or (before is None and name == "tokens_per_second"):
            continue
        if before is None:
            yield Figure(str(words), "–", _written(name, after))
            continue
        is_better = None if after == before else (after < before) == (name in _SMALLER_IS_BETTER)
        yield Figure(str(words), _written(name, before), _written(name, after), is_better)


def _flat(result: dict[str, Any]) -> dict[str, float]:
    """Return the numbers of a result; what programs nest is called as if they had not."""
    found = {key: value for key, value in result.items() if _is_number(value)}
    if isinstance(result.get("layers"), list):
        found["layers"] = len(result["layers"])
    for which in ("before", "after"):
        if isinstance(nested := result.get(which), dict):
            found |= {f"{key}_{which}": value for key, value in nested.items() if _is_number(value)}
    return found


def _written(name: str, value: float) -> str:
    if name in _BYTES:
        return f"{number_format(value / 1e6, 1)} MB"
    if float(value).is_integer():
        return number_format(int(value), use_l10n=True, force_grouping=True)
    return number_format(value, 3) if abs(value) >= 0.001 else f"{value:.2g}"


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
