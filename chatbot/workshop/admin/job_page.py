"""What the pages of jobs show."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatbot.analytics.charts.losses import loss_curve
from chatbot.workshop.admin.job_forms import JobForm
from chatbot.workshop.jobs.estimating import Estimate, gigabytes
from chatbot.workshop.jobs.figures import figures_of, in_words
from chatbot.workshop.jobs.kinds import kind_of
from chatbot.workshop.jobs.option_texts import texts_of, written
from chatbot.workshop.jobs.words import sentence
from chatbot.workshop.models import Evaluation, WorkshopJob
from inference.gates import verdict_on
from inference.models import LanguageModelVersion, ModelKind
from inference.single_jobs import training_at_work


def shown(job: WorkshopJob) -> dict[str, Any]:
    """Return what a job's page shows."""
    return {
        "job": job,
        "kind": kind_of(job.kind),
        "what": sentence(job.message, job.detail) if job.message else "",
        "waits_for": _waits_for(job),
        "is_live": not job.is_finished and not (job.is_paused and job.state == job.State.WAITING),
        "is_resting": job.is_paused and not job.is_finished,
        "time_left": minutes(job.seconds_left) if job.seconds_left is not None else "",
        "curve": loss_curve(job),
        "figures": figures_of(job.result),
        "figures_words": in_words(job.result),
        "settings_shown": [
            (texts_of(job.kind, name)[0], _setting(value)) for name, value in job.settings.items()
        ],
        **(_made_shown(job.made) if job.made is not None else {}),
        "base_address": address_of(job.base),
        "data_counts": job.data.by_part if job.data is not None else (),
    }


def _made_shown(made: LanguageModelVersion) -> dict[str, Any]:
    """Return what is known of the version that a job has made: the gate's verdict, and an evaluation."""
    return {
        "made_address": address_of(made),
        "verdict": verdict_on(made) if not made.is_active else None,
        "evaluation": Evaluation.objects.newest_for(made),
    }


def estimate_shown(form: JobForm) -> dict[str, Any]:
    """Return what the panel shows that says what the job on the form would take."""
    wish = form.likely_wish
    found: Estimate | None = wish.estimate if wish is not None else None
    if found is None:
        return {"estimate": None}
    return {
        "estimate": found,
        "duration": minutes(found.seconds) if found.seconds is not None else "",
        "memory": gigabytes(found.memory),
        "free_memory": gigabytes(found.free_memory) if found.free_memory is not None else "",
        "room": gigabytes(found.room),
        "free_room": gigabytes(found.free_room),
    }


def minutes(seconds: int) -> str:
    """Return a duration in whole minutes, or in hours and minutes, for people."""
    whole = max(1, -(-seconds // 60))
    if whole < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", whole) % {"count": whole}
    return _("%(hours)d h %(minutes)d min") % {"hours": whole // 60, "minutes": whole % 60}


def address_of(version: LanguageModelVersion) -> str:
    """Return where the admin shows a version."""
    kind = (
        "analytics_sentimenthead" if version.kind == ModelKind.SENTIMENT else "inference_languagemodelversion"
    )
    return reverse(f"admin:{kind}_change", args=[version.pk])


def _setting(value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return written(value) if value != "" else "–"


def _waits_for(job: WorkshopJob) -> str:
    """Say for whom a job in line waits; nothing for one that does not."""
    if job.state != job.State.WAITING or job.is_paused:
        return ""
    other = training_at_work()
    before = list(WorkshopJob.objects.in_line().filter(pk__lt=job.pk).select_related("base__language_model"))
    told = [_described(one) for one in ([other] if other is not None else []) + before]
    return _("One training at a time: it waits for %s.") % ", ".join(told) if told else ""


def _described(job: Any) -> str:
    if isinstance(job, WorkshopJob):
        return _("%(kind)s of %(base)s (job %(job)s)") % {
            "kind": job.get_kind_display(),
            "base": job.base,
            "job": job,
        }
    return f"{job._meta.verbose_name} {job}"
