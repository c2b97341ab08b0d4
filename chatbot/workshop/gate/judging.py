"""Whether a language model or an encoder may serve visitors: no worse than the active one, by evaluations.

Quality is compared on the same data, speed and memory on the same machine, each version in the number format
that it is served in; what was not measured so is not proven, and the gate stays closed.
"""

import filecmp
from collections.abc import Iterator

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chatbot.workshop.models import Evaluation, Figure, RolloutSettings
from inference.gates import Check, Verdict
from inference.models import LanguageModelVersion, ModelKind

_TOKENIZER = "tokenizer.json"


def verdict_on(version: LanguageModelVersion) -> Verdict:
    """Return what the evaluations say for and against letting `version` answer."""
    active = LanguageModelVersion.objects.active(ModelKind(version.kind))
    if active is None:
        return Verdict((Check(_("No version is active yet, so there is none to be worse than."), True),))
    address = f"{reverse('admin:workshop_evaluation_add')}?version={version.pk}"
    limits = RolloutSettings.load()
    own = _checks_of_encoder if version.kind == ModelKind.ENCODER else _checks_of_writer
    memory = _least("resident_mb", _("Memory, in megabytes,"), version, active, limits.memory_may_rise)
    return Verdict((*own(version, active, limits), memory), address)


def _checks_of_writer(
    version: LanguageModelVersion, active: LanguageModelVersion, limits: RolloutSettings
) -> Iterator[Check]:
    yield _perplexity(version, active, limits)
    yield _share("token_f1", _("Token-F1 of answers"), version, active, limits.token_f1_may_fall, limits)
    yield _least(
        "tokens_per_second",
        _("Tokens a second"),
        version,
        active,
        limits.speed_may_fall,
        higher_is_better=True,
    )
    yield _least(
        "first_token_ms", _("The first token, in milliseconds,"), version, active, limits.first_token_may_rise
    )


def _checks_of_encoder(
    version: LanguageModelVersion, active: LanguageModelVersion, limits: RolloutSettings
) -> Iterator[Check]:
    yield _share("recall_at_5", _("Recall@5"), version, active, limits.recall_may_fall, limits)
    yield _least(
        "texts_per_second",
        _("Texts read a second"),
        version,
        active,
        limits.speed_may_fall,
        higher_is_better=True,
    )


def _share(
    name: str,
    label: str,
    version: LanguageModelVersion,
    active: LanguageModelVersion,
    margin: float,
    limits: RolloutSettings,
) -> Check:
    """Compare a figure of quality between 0 and 1, of which more is better; `margin` is in points."""
    pair = _pair(version, active, name)
    if pair is None:
        return _unproven(label, version, active)
    words = _("%(figure)s is %(after)s and was %(before)s; it may fall by %(most)s points.")
    is_met = pair[0]["value"] >= pair[1]["value"] - margin / 100 - 1e-9
    return _judged(label, words, pair, margin, is_met, limits, decimals=3)


def _perplexity(
    version: LanguageModelVersion, active: LanguageModelVersion, limits: RolloutSettings
) -> Check:
    if not _read_alike(version, active):
        words = _(
            "Perplexity is not compared: %(version)s and %(active)s cut texts into different tokens. "
            "Their answers are."
        )
        return Check(words % {"version": version, "active": active}, True)
    pair = _pair(version, active, "perplexity")
    if pair is None:
        return _unproven(_("Perplexity"), version, active)
    most = pair[1]["value"] * (1 + limits.perplexity_may_rise / 100)
    is_met = pair[0]["value"] <= most + 1e-9
    words = _("%(figure)s is %(after)s and was %(before)s; it may rise by %(most)s %%.")
    return _judged(_("Perplexity"), words, pair, limits.perplexity_may_rise, is_met, limits)


def _least(
    name: str,
    label: str,
    version: LanguageModelVersion,
    active: LanguageModelVersion,
    margin: float,
    *,
    higher_is_better: bool = False,
) -> Check:
    """Compare a figure of speed or memory; `margin` is in percent of the active version's."""
    pair = _pair(version, active, name, same_conditions=True)
    if pair is None:
        words = _(
            "%(figure)s: not proven. Measure the speed of %(version)s and of %(active)s on the same machine."
        )
        return Check(words % {"figure": label.strip(" ,"), "version": version, "active": active}, False)
    after, before = pair[0]["value"], pair[1]["value"]
    if higher_is_better:
        words = _("%(figure)s are %(after)s and were %(before)s; they may fall by %(most)s %%.")
        is_met = after >= before * (1 - margin / 100) - 1e-9
    else:
        words = _("%(figure)s is %(after)s and was %(before)s; it may rise by %(most)s %%.")
        is_met = after <= before * (1 + margin / 100) + 1e-9
    figures = {
        "figure": label,
        "after": _number(after, 1),
        "before": _number(before, 1),
        "most": _number(margin, 1),
    }
    return Check(words % figures, is_met)


def _judged(
    label: str,
    words: str,
    pair: tuple[Figure, Figure],
    margin: float,
    is_met: bool,
    limits: RolloutSettings,
    decimals: int = 2,
) -> Check:
    """A figure of quality, which also needs enough examples."""
    figures = {
        "figure": label,
        "after": _number(pair[0]["value"], decimals),
        "before": _number(pair[1]["value"], decimals),
        "most": _number(margin, 1),
    }
    sentence = words % figures
    examples = min(pair[0]["n"], pair[1]["n"])
    if examples < limits.fewest_examples:
        few = _("It was measured on %(count)d examples; at least %(least)d are needed.")
        return Check(f"{sentence} {few % {'count': examples, 'least': limits.fewest_examples}}", False)
    return Check(sentence, is_met)


def _unproven(label: str, version: LanguageModelVersion, active: LanguageModelVersion) -> Check:
    words = _("%(figure)s: not proven. Evaluate %(version)s and %(active)s on the same data.")
    return Check(words % {"figure": label, "version": version, "active": active}, False)


def _pair(
    version: LanguageModelVersion, active: LanguageModelVersion, name: str, *, same_conditions: bool = False
) -> tuple[Figure, Figure] | None:
    """The newest figures of both that may be compared: of the same data, or under the same conditions."""
    for after in _measured(version, name):
        for before in _measured(active, name):
            own, other = after.figure(name), before.figure(name)
            if own is None or other is None:
                continue
            alike = after.was_run_like(before) if same_conditions else own["on"] == other["on"]
            if alike:
                return own, other
    return None


def _measured(version: LanguageModelVersion, name: str) -> list[Evaluation]:
    found = Evaluation.objects.finished().filter(version=version, figures__has_key=name)
    return list(found.order_by("-finished_at"))


def _read_alike(version: LanguageModelVersion, other: LanguageModelVersion) -> bool:
    """Whether both cut texts into the same tokens, without which perplexities say nothing of each other."""
    try:
        return filecmp.cmp(version.folder / _TOKENIZER, other.folder / _TOKENIZER, shallow=False)
    except OSError:
        return True


def _number(value: float, decimals: int) -> str:
    # Django cuts digits off where a reader rounds.
    return number_format(round(value, decimals), decimal_pos=decimals)
