"""The data card of a version: where its examples come from, what was done to them, what it is not good for.

After T. Gebru et al., "Datasheets for datasets", arXiv 1803.09010, 2018; Communications of the ACM 64, 2021.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatbot.analytics.models import SentimentLabel
from chatbot.workshop.data_sets.cleaning.running import STEPS
from chatbot.workshop.models import PARTS, CleaningStep, DataSet, DataSetVersion, DataSource, Example


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the card: sentences, then a table with its names of columns, where there is one."""

    title: str
    sentences: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()


def sections(version: DataSetVersion) -> list[Section]:
    """Return the card in the reader's language; texts are plain, not safe as HTML."""
    facts: dict[str, Any] = version.facts
    found = [
        _about(version, facts),
        _sources(facts),
        _parts(facts),
        _cleaning(facts),
        _labels(facts),
        _synthetic(facts),
        _limits(facts),
    ]
    return [section for section in found if section.sentences or section.rows]


def markdown(version: DataSetVersion) -> str:
    """Return the card as Markdown."""
    lines = [f"# {_flat(version)}", ""]
    for section in sections(version):
        lines += [f"## {section.title}", ""]
        lines += [line for sentence in section.sentences for line in (_flat(sentence), "")]
        if section.rows:
            lines += [_row(section.columns), _row("---" for _column in section.columns)]
            lines += [*(_row(row) for row in section.rows), ""]
    return "\n".join(lines)


def part_names() -> dict[str, str]:
    """Return what the parts are called."""
    return dict(zip(PARTS, (_("Train"), _("Validation"), _("Test")), strict=True))


def _about(version: DataSetVersion, facts: Mapping[str, Any]) -> Section:
    sentences = [facts["purpose"]] if facts.get("purpose") else [_("Nobody has written down its purpose.")]
    kind = _("Kind: %s.") % DataSet.Kind(facts["kind"]).label
    seed = _("Seed of the split: %d.") % facts["seed"]
    sentences.append(f"{kind} {seed}")
    if version.created_at is not None:
        sentences.append(_("Made on %s.") % date_format(version.created_at, "DATE_FORMAT"))
    sentences.append(f"SHA-256: {version.sha256}")
    return Section(_("What it is"), sentences)


def _sources(facts: Mapping[str, Any]) -> Section:
    rows = [
        (
            source["name"],
            str(DataSource.Kind(source["kind"]).label),
            number_format(source["examples"]),
            source["licence"] or "–",
            source["sha256"][:12] or "–",
        )
        for source in facts["sources"]
    ]
    sites = facts["sites"]
    consent = [
        ngettext(
            "Conversations of %d site are in it. Its owner allowed that, and they were masked before.",
            "Conversations of %d sites are in it. Their owners allowed that, and they were masked before.",
            sites,
        )
        % sites
    ]
    columns = (_("Name"), _("Kind"), _("Examples"), _("Licence"), "SHA-256")
    return Section(
        _("Sources and consent"),
        consent if sites else [_("No conversations of visitors are in it.")],
        columns,
        rows,
    )


def _parts(facts: Mapping[str, Any]) -> Section:
    names = part_names()
    rows = []
    for part in PARTS:
        counts = facts["parts"][part]
        languages = ", ".join(
            f"{language or '–'} {number_format(count)}" for language, count in counts["languages"].items()
        )
        rows.append(
            (
                names[part],
                number_format(counts["examples"]),
                number_format(counts["conversations"]),
                languages or "–",
            )
        )
    sentences = [
        _(
            "Conversations, with all that says nearly the same, are in one part only. What a machine made is "
            "in the train part only."
        )
    ]
    if facts["answers"]:
        words = _("%(answers)s answers are learnt from, %(characters)s characters long on average.")
        told = {
            "answers": number_format(facts["answers"]),
            "characters": number_format(facts["answer_characters"]),
        }
        sentences.append(words % told)
    columns = (_("Part"), _("Examples"), _("Conversations"), _("Languages"))
    return Section(_("Parts"), sentences, columns, rows)


def _cleaning(facts: Mapping[str, Any]) -> Section:
    rows = [
        (
            str(CleaningStep.Kind(step["kind"]).label),
            number_format(step["before"]),
            number_format(step["removed"]),
            number_format(step["changed"]),
            _settings(step["kind"], step["settings"]),
        )
        for step in facts["cleaning"]
    ]
    sentences = [] if rows else [_("It was not cleaned.")]
    return Section(
        _("Cleaning"), sentences, (_("Step"), _("Before"), _("Removed"), _("Changed"), _("Settings")), rows
    )


def _labels(facts: Mapping[str, Any]) -> Section:
    looked = sum(count for review, count in facts["reviews"].items() if review != Example.Review.OPEN)
    sentences = [
        ngettext("%d example was looked at by a person.", "%d examples were looked at by people.", looked)
        % looked
    ]
    for name, counts in ((_("Sentiment"), facts["sentiments"]), (_("Intent"), facts["intents"])):
        if counts:
            labels = dict(SentimentLabel.choices)
            told = ", ".join(f"{labels.get(label, label)} {number_format(n)}" for label, n in counts.items())
            sentences.append(f"{name}: {told}.")
    rows = [
        (
            asked_names()[row["asked"]],
            number_format(row["count"]),
            number_format(row["kappa"], decimal_pos=2),
            f"{number_format(row['low'], decimal_pos=2)} – {number_format(row['high'], decimal_pos=2)}",
        )
        for row in facts["agreement"]
    ]
    if not rows:
        sentences.append(
            _("No two people labelled the same examples, so nobody knows how far labels can be trusted.")
        )
    columns = (_("Asked"), _("Both answered"), _("Cohen's kappa"), _("Interval of 95 per cent"))
    return Section(_("Labels"), sentences, columns, rows)


def asked_names() -> dict[str, str]:
    """Return what the questions to labellers are called."""
    return {"verdict": _("Verdict"), "sentiment": _("Sentiment"), "intent": _("Intent")}


def _synthetic(facts: Mapping[str, Any]) -> Section:
    total = facts["parts"]["train"]["examples"]
    rows = [
        (str(Example.Synthetic(kind).label), number_format(count), f"{100 * count / max(total, 1):.1f} %")
        for kind, count in facts["synthetic"].items()
    ]
    sentences = [] if rows else [_("Nothing in it was made by a machine.")]
    return Section(
        _("Augmentation"), sentences, (_("Kind"), _("Examples"), _("Share of the train part")), rows
    )


def _limits(facts: Mapping[str, Any]) -> Section:
    return Section(_("Known limits"), list(_known_limits(facts)))


def _known_limits(facts: Mapping[str, Any]) -> Iterator[str]:
    yield _(
        "Personal data is found by patterns: addresses, numbers of cards, accounts and telephones. Names of "
        "people and places are not found."
    )
    if any(source["kind"] == DataSource.Kind.CONVERSATIONS for source in facts["sources"]):
        yield _("Conversations that went well were chosen, so that those that went wrong are missing.")
    if not facts["only_reviewed"]:
        yield _("Examples that nobody has looked at are in it.")
    small = [part_names()[part] for part in PARTS[1:] if facts["parts"][part]["examples"] < 100]
    if small:
        yield _("Small parts: figures measured on “%s” are uncertain.") % "”, “".join(small)


def _settings(kind: str, told: Mapping[str, Any]) -> str:
    """Return what a step of cleaning was told, by the names that its page has for it."""
    words = []
    for one in STEPS[CleaningStep.Kind(kind)].settings:
        value = told.get(one.name, one.default)
        words.append(f"{one.label}: {' '.join(map(str, value)) if one.is_list else value}")
    return ", ".join(words) or "–"


def _flat(text: object) -> str:
    """Return what stands in one line of Markdown: people's words begin no heading and no table."""
    words = " ".join(str(text).split())
    return words.replace("|", "\\|").replace("<", "&lt;")


def _row(cells: Any) -> str:
    return f"| {' | '.join(_flat(cell) for cell in cells)} |"
