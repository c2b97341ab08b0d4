"""The numbers on the front page of the admin: what runs here, and how today's answers went."""

import shutil
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Ability, sites_where
from chatbot.conversations.models import Message, ReplyTrace
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.monitoring import programs
from chatbot.monitoring.processes import ProcessStatus, State, read_statuses, status_file
from inference.models import LanguageModelVersion, ModelKind

_PROCESS_LABELS = {
    programs.WEB: _("Web"),
    programs.WORKER: _("Worker"),
    programs.MODEL_SERVER: _("Model server"),
}
_STATE_LABELS = {
    State.RUNNING: _("Running"),
    State.WAITING: _("Waiting to restart"),
    State.STOPPED: _("Stopped"),
}


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Answers asked for in a span of time, by what became of them."""

    completed: int
    stopped: int
    failed: int
    running: int

    @property
    def total(self) -> int:
        return self.completed + self.stopped + self.failed + self.running


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Room on the disk that holds DATA_DIR, in bytes."""

    free: int
    total: int

    @property
    def used_percent(self) -> int:
        return round(100 * (self.total - self.free) / self.total)


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A supervised process and the moment since which it has been in its state."""

    status: ProcessStatus
    since: datetime

    @property
    def label(self) -> str:
        return str(_PROCESS_LABELS.get(self.status.name, self.status.name))

    @property
    def state_label(self) -> str:
        return str(_STATE_LABELS[self.status.state])


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the front page shows to one person."""

    processes: list[RunningProcess]
    language_model: LanguageModelVersion | None
    encoder: LanguageModelVersion | None
    open_sockets: int
    answers: AnswerCounts
    median_first_token_ms: int | None
    disk: DiskSpace


def overview(user: User) -> Overview:
    """Return the front page's numbers; answers count on the sites of `user` only, since midnight."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    answers = Message.objects.filter(
        author=Message.Author.ASSISTANT,
        created_at__gte=midnight,
        conversation__site__in=sites_where(user, Ability.SEE_SITE),
    )
    return Overview(
        processes=running_processes(),
        language_model=LanguageModelVersion.objects.active(ModelKind.LANGUAGE),
        encoder=LanguageModelVersion.objects.active(ModelKind.ENCODER),
        open_sockets=len(open_sockets),
        answers=count_answers(answers),
        median_first_token_ms=median_first_token_ms(answers),
        disk=disk_space(),
    )


def running_processes() -> list[RunningProcess]:
    """Return what the supervisor says it runs; nothing when the web process was started without one."""
    statuses = read_statuses(status_file(settings.DATA_DIR))
    return [
        RunningProcess(status, datetime.fromtimestamp(status.since, tz=timezone.get_current_timezone()))
        for status in statuses
    ]


def count_answers(answers: QuerySet[Message]) -> AnswerCounts:
    """Count `answers` by outcome, in one query."""
    Status = Message.Status
    counts = answers.aggregate(
        completed=Count("pk", filter=Q(status=Status.COMPLETED)),
        stopped=Count("pk", filter=Q(status=Status.STOPPED)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        running=Count("pk", filter=Q(status__in=Message.UNFINISHED)),
    )
    return AnswerCounts(**counts)


def median_first_token_ms(answers: QuerySet[Message]) -> int | None:
    """Return the median milliseconds from question to first token, None where no answer began.

    Of an even number it takes the lower of the two in the middle. The database sorts and skips, so that a
    busy day's figures are not all fetched.
    """
    timed = ReplyTrace.objects.filter(message__in=answers, first_token_ms__isnull=False)
    count = timed.count()
    if not count:
        return None
    middle = (count - 1) // 2
    return timed.order_by("first_token_ms").values_list("first_token_ms", flat=True)[middle]


def disk_space() -> DiskSpace:
    """Return the room on the disk of DATA_DIR."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return DiskSpace(free=usage.free, total=usage.total)
