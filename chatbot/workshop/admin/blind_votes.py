"""The admin's pages for blind votes: begin one, watch its answers being written, close it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.models import Ballot, BlindVote, DataSet, DataSetVersion
from chatbot.workshop.voting import asking
from chatbot.workshop.voting.asking import MOST_QUESTIONS, CannotVote
from chatbot.workshop.voting.words import sentence
from inference.job_admin import COLOURS, JobAdmin
from inference.models import LanguageModelVersion, ModelKind


class BlindVoteForm(forms.ModelForm[BlindVote]):
    """Asks between which versions people choose, on what, and who they are."""

    count = forms.IntegerField(
        label=_("Questions"),
        initial=20,
        min_value=1,
        max_value=MOST_QUESTIONS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("So many of the data set's test part. Of fewer than 20 a vote seldom says anything."),
    )
    typed = forms.CharField(
        label=_("Or typed questions"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("One a line, instead of a data set."),
    )

    class Meta:
        model = BlindVote
        fields = ("name", "first", "second", "data", "sites")
        widgets = {"sites": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "first" not in self.fields:
            return
        versions = LanguageModelVersion.objects.filter(kind=ModelKind.LANGUAGE)
        for name, queryset in (
            ("first", versions.select_related("language_model")),
            ("second", versions.select_related("language_model")),
            ("data", DataSetVersion.objects.usable().filter(data_set__kind=DataSet.Kind.DIALOGUES)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset

    def clean(self) -> dict[str, Any]:
        """Refuse what would fail after minutes."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                asking.questions_of(data["first"], data["second"], data["data"], data["count"], self.lines())
            except CannotVote as refusal:
                raise ValidationError(str(refusal)) from None
        return data

    def lines(self) -> list[str]:
        """Return the questions that were typed."""
        found: list[str] = self.cleaned_data["typed"].splitlines()
        return found


@admin.register(BlindVote)
class BlindVoteAdmin(JobAdmin):
    """Blind votes: to add one is to have its answers written."""

    form = BlindVoteForm
    list_display = ("name", "first", "second", "state_", "ballots_", "created_at", "closed_at")
    list_filter = ("state",)
    list_select_related = ("first__language_model", "second__language_model")
    fields = ("name", "first", "second", "data", "count", "typed", "sites")
    ask_title = _("Begin a blind vote")
    ask_note = _(
        "Both versions answer the questions beforehand. Then owners and operators of the sites "
        "you choose see both answers side by side, without names, and say which they prefer."
    )
    job_title = _("Blind vote")
    progress_template = "admin/workshop/blind_vote_progress.html"
    related = ("first__language_model", "second__language_model")
    job_views = ("progress", "cancel", "close")

    def shown(self, job: BlindVote) -> dict[str, Any]:
        return _shown(job)

    def ask(self, request: HttpRequest, form: Any) -> BlindVote:
        data = form.cleaned_data
        return asking.ask(
            name=data["name"],
            first=data["first"],
            second=data["second"],
            sites=list(data["sites"]),
            data=data["data"],
            count=data["count"],
            typed=form.lines(),
            by=signed_in(request),
            network=network_of_request(request),
        )

    @method_decorator(require_POST)
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the writing of answers."""
        vote = self.job(request, object_id)
        asking.cancel(vote, by=signed_in(request), network=network_of_request(request))
        return self.to_page(vote)

    @method_decorator(require_POST)
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let nobody vote any more."""
        vote = self.job(request, object_id)
        if asking.close(vote, by=signed_in(request), network=network_of_request(request)):
            messages.success(request, gettext("The vote is closed. This is what came of it."))
        return HttpResponseRedirect(reverse("votes:outcome", args=[vote.public_id]))

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_(self, vote: BlindVote) -> tuple[str, str]:
        if vote.closed_at is not None:
            return "done", gettext("Closed")
        return vote.state, gettext("Open") if vote.is_open else vote.get_state_display()

    @display(description=_("ballots"))
    def ballots_(self, vote: BlindVote) -> int:
        return Ballot.objects.filter(question__vote=vote).count()


def _shown(vote: BlindVote) -> dict[str, Any]:
    """Return what a vote's page shows; nothing of who is ahead."""
    ballots = Ballot.objects.filter(question__vote=vote)
    return {
        "vote": vote,
        "what": sentence(vote.message, vote.detail) if vote.message else "",
        "is_live": not vote.is_finished,
        "minutes_left": -(-vote.seconds_left // 60) if vote.seconds_left is not None else None,
        "sites": list(vote.sites.all()),
        "questions": vote.questions.count(),
        "ballots": ballots.count(),
        "voters": ballots.values("voter").distinct().count(),
    }
