"""The loss of a training over its steps."""

from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chatbot.analytics.charts.lines import lines
from chatbot.analytics.charts.points import Point, Series
from inference.single_jobs import TrainingJob

_MOST_POINTS = 100


def loss_curve(job: TrainingJob) -> SafeString | None:
    """Return the loss over the steps as a drawing, None before there are two points."""
    every = -(-len(job.losses) // _MOST_POINTS) or 1
    kept = job.losses[::every]
    if len(kept) < 2:
        return None
    points = [Point(label=str(step), words=f"{step}: {_number(loss)}", values=(loss,)) for step, loss in kept]
    name = _("Loss over the steps of the training")
    return lines(
        name, points, [Series(name=_("Loss"), look="main")], lambda value: f"{value:g}", height=180.0
    )


def _number(value: float) -> str:
    return number_format(round(value, 3), decimal_pos=3)
