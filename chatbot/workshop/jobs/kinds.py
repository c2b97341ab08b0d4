"""What kinds of jobs there are, what each is good for, and which program does it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models import DataSet, WorkshopJob
from inference.models import ModelKind
from inference.training.option import Option

Kind = WorkshopJob.Kind


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job in plain words: `wish` is what a person wants, `explained` what is done for it."""

    kind: WorkshopJob.Kind
    wish: Promise
    explained: Promise
    base: ModelKind = ModelKind.LANGUAGE
    data: DataSet.Kind = DataSet.Kind.DIALOGUES
    has_teacher: bool = False

    @property
    def program(self) -> tuple[str, ...]:
        """How the training program is started."""
        return (sys.executable, "-m", f"inference.training.{self.kind.value}")

    @property
    def options(self) -> Sequence[Option]:
        """What the program can be told."""
        found: Sequence[Option] = import_module(f"inference.training.{self.kind.value}.options").OPTIONS
        return found


_KINDS = (
    JobKind(
        Kind.FINETUNE,
        _("Better answers in our own words"),
        _(
            "The model learns from the answers in a data set: how your people write, and what they say. "
            "Begin with this one. A few hundred good conversations do more than thousands of poor ones."
        ),
    ),
    JobKind(
        Kind.PRIVATE,
        _("Better answers, and nobody can tell whose conversations taught them"),
        _(
            "As the fine-tune, with noise in each step, so that what one conversation leaves in the model is "
            "bounded: a number, epsilon, says how well (8 is usual, smaller is more private). It learns less "
            "and takes longer. Choose it where the conversations are personal."
        ),
    ),
    JobKind(
        Kind.DISTIL,
        _("Faster and smaller: a student learns from a teacher"),
        _(
            "A model with fewer layers learns to answer as the larger one does. It answers faster by about "
            "the share of layers that go, and loses some quality. Choose a teacher that is good at your "
            "conversations, such as a fine-tuned version."
        ),
        has_teacher=True,
    ),
    JobKind(
        Kind.DISTIL_ENCODER,
        _("Faster reading of feelings"),
        _(
            "The head that reads how visitors feel gets a smaller network, which learns from the larger one. "
            "Choose it where scoring messages takes time away from answers."
        ),
        base=ModelKind.SENTIMENT,
        data=DataSet.Kind.LABELLED,
    ),
    JobKind(
        Kind.PRUNE,
        _("Faster and smaller: what matters least goes"),
        _(
            "Layers or heads that change answers the least are measured and removed, and the rest learns to "
            "do without them. Quicker than distilling; remove a fifth at first."
        ),
    ),
    JobKind(
        Kind.SHARE,
        _("Less memory: layers share their weights"),
        _(
            "Several layers use the same weights and learn to get along with them. The model takes less "
            "memory and is as fast as before; quality suffers more than by quantising."
        ),
    ),
    JobKind(
        Kind.QUANTISE,
        _("Less memory and a smaller file, at once"),
        _(
            "Weights are rounded to 8 or 4 bits. Nothing is trained, and it takes minutes. 8 bits can hardly "
            "be told from the original; 4 bits halve it once more and cost a little quality."
        ),
    ),
)
# Of those, the kinds whose program is installed.
ALL = tuple(one for one in _KINDS if find_spec(one.program[-1]) is not None)
_BY_NAME = {one.kind.value: one for one in ALL}


def kind_of(name: str) -> JobKind | None:
    """Return the kind called `name`, None where there is none."""
    return _BY_NAME.get(name)
