"""Blind votes: people choose between the answers of two versions without knowing which is whose."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from accounts.policy import Ability, may, sites_where
from chatbot.workshop.models.data_sets import DataSetVersion
from chatbot.workshop.models.lined_up import LinedUpJob, LinedUpQuerySet
from inference.models import LanguageModelVersion


class BlindVoteQuerySet(LinedUpQuerySet):
    def open_to(self, user: User | AnonymousUser) -> BlindVoteQuerySet:
        """Return the votes in which `user` may take part: those of the sites where the user answers visitors.

        A superuser takes part in all. Answers are there, though the vote may be closed by now. Not one whose
        questions come from conversations that were erased since.
        """
        usable = Q(data=None) | Q(data__in=DataSetVersion.objects.usable())
        there = self.filter(usable, state=BlindVote.State.DONE)
        if may(user, Ability.RUN_INSTALLATION):
            return there
        sites = sites_where(user, Ability.ANSWER_VISITORS)
        return there.filter(pk__in=BlindVote.sites.through.objects.filter(site__in=sites).values("blindvote"))


class BlindVote(LinedUpJob):
    """One vote between two versions; as a job it writes their answers, of which `done` is the number."""

    name = models.CharField(_("name"), max_length=100)
    first = models.ForeignKey(
        LanguageModelVersion, models.CASCADE, related_name="+", verbose_name=_("one version")
    )
    second = models.ForeignKey(
        LanguageModelVersion, models.CASCADE, related_name="+", verbose_name=_("the other version")
    )
    data = models.ForeignKey(
        DataSetVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("data set"),
    )
    sites = models.ManyToManyField(
        Site,
        verbose_name=_("sites"),
        help_text=_("Whose owners and operators vote. They read the questions, whatever site those are of."),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    objects = BlindVoteQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("blind vote")
        verbose_name_plural = _("blind votes")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_blind_vote_written_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether people vote now."""
        return self.state == self.State.DONE and self.closed_at is None


class BlindQuestion(models.Model):
    """A question with what each version answers."""

    vote = models.ForeignKey(BlindVote, models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField()
    # What was said before and the question itself, as the versions were given it.
    messages = models.JSONField(default=list)
    first_answer = models.TextField(blank=True)
    second_answer = models.TextField(blank=True)

    class Meta:
        ordering = ["vote", "number"]
        constraints = [
            models.UniqueConstraint(fields=["vote", "number"], name="blind_question_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.vote_id}/{self.number}"


class Ballot(models.Model):
    """What one person chose for one question."""

    class Choice(models.TextChoices):
        FIRST = "first", _("one version")
        SECOND = "second", _("the other version")
        SAME = "same", _("both are alike")
        BOTH_BAD = "both_bad", _("both are bad")

    question = models.ForeignKey(BlindQuestion, models.CASCADE, related_name="ballots")
    voter = models.ForeignKey(User, models.CASCADE, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice)
    # Whether the first version's answer stood on the left, to see afterwards whether sides mattered.
    first_on_left = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "voter"], name="one_ballot_per_question_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.choice}"
