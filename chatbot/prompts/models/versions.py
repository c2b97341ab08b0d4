"""What a site tells its assistant to be; every change is a new version."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from chatbot.prompts import languages, variables
from chatbot.prompts.variables import Values

DEFAULT_PROMPT = (
    "You are the customer service assistant of {site}. Answer in the language of the question, "
    "in a friendly tone and in a few short sentences. If you do not know something, say so."
)

LONGEST_TEXT = 20_000


class PromptVersionQuerySet(models.QuerySet["PromptVersion"]):
    def live(self, site: Site, language: str = "") -> Self:
        """Return what is in use for the language, newest published first: one version, or a split's arms."""
        return self.filter(site=site, language=language, state=PromptVersion.State.PUBLISHED).order_by(
            "-published_at", "-number"
        )

    def current(self, site: Site, language: str = "", conversation: str = "") -> "PromptVersion":
        """Return the version that answers in `conversation`, in the visitor's `language` (a tag as zh-Hans).

        A language without a prompt of its own gets the site's default one, written from the built-in prompt
        where there is none yet. While a split runs, a conversation (by its public id) always gets the same
        arm, and without one the arm of the largest weight answers.
        """
        own = languages.short_code(language)
        wanted = self.filter(site=site, language__in={own, ""}, state=PromptVersion.State.PUBLISHED)
        published = list(wanted.order_by("-published_at", "-number"))
        arms = [version for version in published if version.language == own] or published
        if not arms:
            return self.write(site, DEFAULT_PROMPT)
        version = arms[0]
        version.site = site
        if len(arms) > 1:
            version = self._arm_of(version, conversation) or version
            version.site = site
        return version

    def _arm_of(self, version: "PromptVersion", conversation: str) -> "PromptVersion | None":
        split = version.site.prompt_splits.open().filter(language=version.language).first()
        return split.arm_for(conversation) if split else None

    def draft(
        self, site: Site, text: str, author: User | None = None, *, language: str = "", message: str = ""
    ) -> "PromptVersion":
        """Write `text` as the next version of the site's prompt for `language`, which nobody gets yet.

        `message` says what changed. Raises ValidationError for an unknown variable, a lone brace, a text too
        long, or a language that no prompt is written for.
        """
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            newest = self.filter(site=site).aggregate(number=Max("number"))["number"]
            version = PromptVersion(
                site=site,
                number=(newest or 0) + 1,
                text=text,
                language=language,
                message=message[:200],
                author=author,
            )
            version.full_clean(exclude=["site", "author"])
            version.save(force_insert=True)
            return version

    def write(
        self,
        site: Site,
        text: str,
        author: User | None = None,
        network: str = "",
        *,
        language: str = "",
        message: str = "",
        override: bool = False,
    ) -> "PromptVersion":
        """Return `text` as the prompt in use; a new version only where it differs from the one that is.

        A person's publication is recorded, as coming from `network`; the built-in prompt is nobody's act.
        Raises as `draft` does, and NotProven where the site's regression set stands against it and `override`
        is not set; then nothing is written.
        """
        # Publishing asks the test cases, which know of versions.
        from chatbot.prompts.publishing import publish

        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            live = list(self.live(site, language))
            if len(live) == 1 and live[0].text == text:
                return live[0]
            version = self.draft(site, text, author, language=language, message=message)
            publish(version, by=author, network=network, override=override)
            return version


class PromptVersion(models.Model):
    """One immutable version of a site's prompt; answers refer to it in their trace.

    Only its state changes: a draft is published, and ends when another version takes its place, replaced by
    a newer one or rolled back to an older one. It can then be published again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        REPLACED = "replaced", _("Replaced")
        ROLLED_BACK = "rolled_back", _("Rolled back")

    CHANGING = frozenset({"state", "published_at"})

    site = models.ForeignKey(Site, models.CASCADE, related_name="prompt_versions", verbose_name=_("site"))
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        help_text=_(
            "Visitors with this language get it. Without a prompt of its own a language gets the other."
        ),
    )
    text = models.TextField(
        _("prompt"), max_length=LONGEST_TEXT, validators=[MaxLengthValidator(LONGEST_TEXT)]
    )
    message = models.CharField(
        _("what changed"), max_length=200, blank=True, help_text=_("One line for your colleagues.")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT, editable=False)
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    objects = PromptVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompt versions")
        ordering = ["site", "-number"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="prompt_number_per_site")]
        indexes = [
            models.Index(
                fields=["site", "language"], condition=models.Q(state="published"), name="prompt_in_use"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} · {self.number}"

    @property
    def is_live(self) -> bool:
        """Whether visitors get it now, alone or as an arm of a split."""
        return self.state == self.State.PUBLISHED

    @property
    def language_name(self) -> str:
        """The name of its language in the reader's own."""
        return languages.shown_name(self.language)

    def clean(self) -> None:
        """Raise ValidationError for a text that cannot be rendered and for a language that nobody has."""
        if self.language and self.language not in languages.codes():
            raise ValidationError({"language": gettext("Choose a language by its two letters, such as en.")})
        try:
            variables.check(self.text)
        except ValidationError as error:
            raise ValidationError({"text": error}) from None

    def save(self, **options: Any) -> None:
        """Store a new version, or the state of one; raises TypeError for a change of what it says."""
        changed = options.get("update_fields")
        if not self._state.adding and (changed is None or not set(changed) <= self.CHANGING):
            raise TypeError("A version of a prompt never changes: write the next one.")
        super().save(**options)

    def render(self, values: Values | None = None) -> str:
        """Return the text with `values` put in for its variables; without any, with the site's name."""
        return variables.render(self.text, values or Values(site=self.site.name))
