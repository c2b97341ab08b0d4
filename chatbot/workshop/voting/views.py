"""The pages on which people vote, below /admin/votes/."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.policy import Ability, Policy, may, policy, signed_in
from chatbot.workshop.models import BlindVote
from chatbot.workshop.voting.outcome_page import outcome_shown
from chatbot.workshop.voting.taking_part import cast, may_see_outcome, turn_of


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_votes(request: HttpRequest) -> HttpResponse:
    """The votes that the person may take part in, and how far each is."""
    person = signed_in(request)
    if not may(person, Ability.ANSWER_VISITORS):
        raise PermissionDenied
    turns = [turn_of(vote, person) for vote in BlindVote.objects.open_to(person)]
    return _page(request, "workshop/votes.html", {"title": _("Blind votes"), "turns": turns})


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_vote(request: HttpRequest, vote_id: str) -> HttpResponse:
    """The next question, or the one that ?question= names, with an answer on either side."""
    vote = _vote(request, vote_id)
    person = signed_in(request)
    named = request.GET.get("question", "")
    turn = turn_of(vote, person, int(named) if named.isdecimal() and len(named) < 9 else None)
    if not vote.is_open or turn.sheet is None or turn.is_through:
        return HttpResponseRedirect(reverse("votes:outcome", args=[vote.public_id]))
    number = turn.sheet.question.number
    context = {"title": str(vote), "vote": vote, "turn": turn, "sheet": turn.sheet}
    return _page(request, "workshop/vote.html", context | {"before": number - 1, "after": number + 1})


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def vote_on(request: HttpRequest, vote_id: str) -> HttpResponse:
    """Take what the person chose, and go on with the next question."""
    vote = _vote(request, vote_id)
    number = request.POST.get("question", "")
    wanted = int(number) if number.isdecimal() and len(number) < 9 else 0
    if not cast(vote, signed_in(request), wanted, request.POST.get("choice", "")):
        messages.error(request, _("This was not taken: the vote is closed, or you have voted on everything."))
    return HttpResponseRedirect(reverse("votes:vote", args=[vote.public_id]))


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_outcome(request: HttpRequest, vote_id: str) -> HttpResponse:
    """What came of the vote, for those whom it cannot lead any more."""
    vote = _vote(request, vote_id)
    person = signed_in(request)
    context: dict[str, Any] = {"title": str(vote), "vote": vote, "turn": turn_of(vote, person)}
    if may_see_outcome(vote, person):
        context |= outcome_shown(vote)
    return _page(request, "workshop/vote_outcome.html", context)


def _vote(request: HttpRequest, vote_id: str) -> BlindVote:
    """Return the vote, to those who may take part in it."""
    votes = BlindVote.objects.open_to(signed_in(request))
    vote: BlindVote = get_object_or_404(
        votes.select_related("first__language_model", "second__language_model"), public_id=vote_id
    )
    return vote


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context})
