"""What visitors ask about."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from accounts.policy import Ability, sites_where
from chatbot.conversations.models import Message
from inference.jobs import Job, JobQuerySet


class TopicQuerySet(models.QuerySet["Topic"]):
    def read_by(self, person: User) -> Self:
        """Return the topics of the sites whose analytics the person may read."""
        return self.filter(site__in=sites_where(person, Ability.READ_ANALYTICS))

    def kept_by(self, person: User) -> Self:
        """Return the topics that the person may rename, merge and hide."""
        return self.filter(site__in=sites_where(person, Ability.WRITE_KNOWLEDGE))

    def standing(self) -> Self:
        """Return the topics that are not part of another one."""
        return self.filter(merged_into__isnull=True)


class Topic(models.Model):
    """Questions of one meaning; it keeps its row and its name from night to night."""

    class NamedBy(models.TextChoices):
        QUESTION = "question", _("One of its questions")
        MODEL = "model", _("The language model")
        PERSON = "person", _("A person")

    site = models.ForeignKey(Site, models.CASCADE, related_name="topics", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80)
    named_by = models.CharField(_("named by"), max_length=10, choices=NamedBy, default=NamedBy.QUESTION)
    # A topic of which this one is a part, by a person's word; such a one is itself no part of another.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parts", verbose_name=_("merged into")
    )
    is_hidden = models.BooleanField(_("hidden"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        indexes = [models.Index(fields=["site"], condition=Q(merged_into=None), name="topic_standing")]

    def __str__(self) -> str:
        return self.name


class TopicQuestion(models.Model):
    """A visitor's question that was looked at, and its topic: None for one that few others resemble.

    `vector` is the encoder's, as float16 in little endian; it goes once the question is too old to be
    compared with new ones, and the topic stays.
    """

    message = models.OneToOneField(
        Message, models.CASCADE, primary_key=True, related_name="topic_question", verbose_name=_("question")
    )
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", editable=False)
    # Of the site's own clock.
    day = models.DateField(_("day"))
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, related_name="questions", verbose_name=_("topic")
    )
    encoder = models.CharField(max_length=120, blank=True, editable=False)
    vector = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("question of a topic")
        verbose_name_plural = _("questions of topics")
        indexes = [models.Index(fields=["site", "day", "topic"]), models.Index(fields=["topic", "day"])]

    def __str__(self) -> str:
        return str(self.message_id)


class TopicRunQuerySet(JobQuerySet["TopicRun"]):
    def newest_done(self, site: Site) -> "TopicRun | None":
        """Return the run from which the site's topics are."""
        return self.filter(site=site, state=Job.State.DONE).order_by("-pk").first()


class TopicRun(Job):
    """One search for the topics of a site; steps are questions that get a vector."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="topic_runs", verbose_name=_("site"))
    # Of how many questions how many were looked at.
    asked = models.PositiveIntegerField(_("questions"), default=0)
    looked_at = models.PositiveIntegerField(_("looked at"), default=0)
    found = models.PositiveIntegerField(_("topics"), default=0)

    objects = TopicRunQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("search for topics")
        verbose_name_plural = _("searches for topics")
        ordering = ["-id"]
