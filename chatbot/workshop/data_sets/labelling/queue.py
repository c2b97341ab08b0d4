"""Which example a person is shown next, and how far they are."""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When

from accounts.models import User
from chatbot.workshop.models import DataSet, Example, Judgement
from chatbot.workshop.models.examples import ExampleQuerySet

Review = Example.Review


@dataclass(frozen=True, slots=True)
class Progress:
    """How many examples a person may still judge and has judged, and what is disputed among them."""

    mine_left: int
    mine_done: int
    settled: int
    disputed: int

    @property
    def total(self) -> int:
        return self.mine_left + self.mine_done


def data_sets_of(person: User) -> list[tuple[DataSet, Progress]]:
    """Return the data sets with examples that `person` may judge, and how far each is."""
    seen = Example.objects.labelled_by(person).values("data_set")
    return [(data_set, progress(person, data_set)) for data_set in DataSet.objects.filter(pk__in=seen)]


def is_double(example: Example) -> bool:
    """Tell whether two people judge this example, each without knowing the other's word."""
    return example.rank % 100 < example.data_set.double_share


def next_for(person: User, data_set: DataSet, after: Example | None = None) -> Example | None:
    """Return the next example that `person` has not judged, beyond `after` when it is skipped.

    Those that two people judge come first, for everybody in the same order. Of the others two people begin at
    different ends, so that they seldom meet.
    """
    waiting = _waiting(person, data_set).annotate(
        single=Case(
            When(Q(remainder__lt=data_set.double_share), then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
    )
    turned = bool(person.pk % 2)
    if after is not None:
        same = Q(rank__lt=after.rank) if turned and not is_double(after) else Q(rank__gt=after.rank)
        single = 0 if is_double(after) else 1
        waiting = waiting.filter(Q(single__gt=single) | (Q(single=single) & same))
    double = waiting.filter(single=0).order_by("rank", "pk").first()
    if double is not None:
        return double
    order = ("-rank", "-pk") if turned else ("rank", "pk")
    return waiting.filter(single=1).order_by(*order).first()


def before(person: User, data_set: DataSet, example: Example | None) -> Example | None:
    """Return what `person` judged before `example`, or last of all."""
    mine = Judgement.objects.filter(by=person, is_last_word=False, example__in=_visible(person, data_set))
    shown = mine.filter(example=example).first() if example is not None else None
    earlier = mine.filter(pk__lt=shown.pk) if shown is not None else mine
    found = earlier.select_related("example").order_by("-pk").first()
    return found.example if found is not None else None


def progress(person: User, data_set: DataSet) -> Progress:
    """Return how far `person` and the others are with what this person may see."""
    visible = _visible(person, data_set)
    counts = visible.aggregate(
        settled=Count("pk", filter=~Q(review__in=(Review.OPEN, Review.DISPUTED))),
        disputed=Count("pk", filter=Q(review=Review.DISPUTED)),
    )
    done = Judgement.objects.filter(by=person, is_last_word=False, example__in=visible).count()
    return Progress(_waiting(person, data_set).count(), done, counts["settled"], counts["disputed"])


def disputed_for(person: User, data_set: DataSet) -> ExampleQuerySet:
    """Return the examples on which two people differ, of those that `person` may judge."""
    return _visible(person, data_set).filter(review=Review.DISPUTED).order_by("rank")


def _visible(person: User, data_set: DataSet) -> ExampleQuerySet:
    """Return what the person may judge, with what was rejected: to look again is to see it again."""
    visible = Example.objects.filter(data_set=data_set).labelled_by(person)
    return visible.select_related("data_set", "site")


def _waiting(person: User, data_set: DataSet) -> ExampleQuerySet:
    mine = Judgement.objects.filter(example=OuterRef("pk"), by=person)
    waiting = _visible(person, data_set).filter(~Exists(mine), review=Review.OPEN)
    return waiting.annotate(remainder=F("rank") % Value(100))
