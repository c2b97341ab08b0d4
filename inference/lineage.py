"""What a version was made of, and what was made of it."""

from dataclasses import dataclass

from inference.models import LanguageModelVersion

# Lines are short; a ring, which nothing should make, must not keep a page from ending.
_LONGEST_LINE = 50


@dataclass(frozen=True, slots=True)
class Branch:
    """A version of a family tree, `depth` below its root."""

    version: LanguageModelVersion
    depth: int

    @property
    def job(self) -> str:
        """The job that made it, empty for what was installed."""
        return str(self.version.recipe.get("job", ""))


def family_of(version: LanguageModelVersion) -> list[Branch]:
    """Return the whole tree that `version` belongs to, in the order in which it is drawn."""
    known = {
        each.pk: each
        for each in LanguageModelVersion.objects.filter(kind=version.kind).select_related("language_model")
    }
    root, steps = known.get(version.pk, version), 0
    while root.parent_id in known and steps < _LONGEST_LINE:
        root, steps = known[root.parent_id], steps + 1
    children: dict[int | None, list[LanguageModelVersion]] = {}
    for each in sorted(known.values(), key=lambda each: each.pk):
        children.setdefault(each.parent_id, []).append(each)
    found: list[Branch] = []

    def draw(each: LanguageModelVersion, depth: int) -> None:
        found.append(Branch(each, depth))
        if depth < _LONGEST_LINE:
            for child in children.get(each.pk, []):
                draw(child, depth + 1)

    draw(root, 0)
    return found
