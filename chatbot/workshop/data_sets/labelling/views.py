"""The pages on which people judge examples: each sees those of the own sites, superusers all."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.policy import Ability, Policy, may, policy, signed_in
from chatbot.workshop.data_sets.labelling import judging, queue
from chatbot.workshop.data_sets.labelling.forms import JudgementForm
from chatbot.workshop.data_sets.labelling.judging import NotNow
from chatbot.workshop.models import DataSet, Example, Judgement

_ROLES = {
    "system": gettext_lazy("System"),
    "user": gettext_lazy("Person"),
    "assistant": gettext_lazy("Answer"),
}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_sets(request: HttpRequest) -> HttpResponse:
    """The data sets with examples that the person may judge."""
    person = _labeller(request)
    context = {**_around(request, _("Labelling")), "sets": queue.data_sets_of(person)}
    return render(request, "admin/workshop/label_sets.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def label(request: HttpRequest, data_set: str) -> HttpResponse:
    """One example after the other; a judgement leads to the next."""
    person = _labeller(request)
    shown_set = _data_set(person, data_set)
    if request.method == "POST":
        return _judge(request, person, shown_set)
    asked, skipped = request.GET.get("example", ""), request.GET.get("after", "")
    if asked:
        example: Example | None = _example(person, shown_set, asked)
    else:
        after = _example(person, shown_set, skipped) if skipped else None
        example = queue.next_for(person, shown_set, after)
    return _page(request, person, shown_set, example)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_http_methods(["GET", "HEAD", "POST"])
def disputes(request: HttpRequest, data_set: str) -> HttpResponse:
    """The examples on which two people differ; somebody has the last word."""
    person = _labeller(request)
    shown_set = _data_set(person, data_set)
    if request.method == "POST":
        example = _example(person, shown_set, request.POST.get("example", ""))
        form = JudgementForm(_texts(example), _intents(shown_set, example), request.POST)
        if form.is_valid():
            try:
                judging.resolve(example, form.word(), by=person)
                messages.success(request, _("The example is settled."))
            except NotNow:
                messages.error(request, _not_now())
            return redirect("workshop:disputes", data_set=shown_set.public_id)
    waiting = queue.disputed_for(person, shown_set)
    example_ = waiting.first()
    context = {
        **_around(request, _("Disputes in %s") % shown_set),
        "data_set": shown_set,
        "count": waiting.count(),
        "example": example_,
    }
    if example_ is not None:
        words = Judgement.objects.filter(example=example_, is_last_word=False).select_related("by")
        told = {"example": example_.public_id}
        form = JudgementForm(_texts(example_), _intents(shown_set, example_), initial=told)
        context |= {**_asked(example_, form), "words": list(words.order_by("pk"))}
    return render(request, "admin/workshop/disputes.html", context)


def _judge(request: HttpRequest, person: User, data_set: DataSet) -> HttpResponse:
    example = _example(person, data_set, request.POST.get("example", ""))
    form = JudgementForm(_texts(example), _intents(data_set, example), request.POST)
    if not form.is_valid():
        return _page(request, person, data_set, example, form)
    try:
        judging.judge(example, form.word(), by=person)
    except NotNow:
        messages.error(request, _not_now())
    return HttpResponseRedirect(reverse("workshop:label", args=[data_set.public_id]))


def _page(
    request: HttpRequest,
    person: User,
    data_set: DataSet,
    example: Example | None,
    form: JudgementForm | None = None,
) -> HttpResponse:
    before = queue.before(person, data_set, example)
    context = {
        **_around(request, _("Label %s") % data_set),
        "data_set": data_set,
        "example": example,
        "before": before,
        "progress": queue.progress(person, data_set),
    }
    if example is not None:
        mine = Judgement.objects.filter(example=example, by=person, is_last_word=False).first()
        told = {
            "example": example.public_id,
            "sentiment": mine.sentiment if mine is not None else _shown_to_all(example, example.sentiment),
            "intent": mine.intent if mine is not None else _shown_to_all(example, example.intent),
        }
        texts = mine.messages if mine is not None and mine.messages is not None else _texts(example)
        form = form or JudgementForm(texts, _intents(data_set, example), initial=told)
        context |= {**_asked(example, form), "mine": mine, "is_double": queue.is_double(example)}
    return render(request, "admin/workshop/label.html", context)


def _asked(example: Example, form: JudgementForm) -> dict[str, Any]:
    fields = [form[f"text_{place}"] for place in range(len(_texts(example)))]
    return {
        "form": form,
        "turns": [
            (_ROLES[message["role"]], message, field)
            for message, field in zip(_texts(example), fields, strict=True)
        ],
    }


def _shown_to_all(example: Example, label: str) -> str:
    """A label that a file brought is a beginning; of two people neither sees what the other said."""
    return "" if queue.is_double(example) else label


def _texts(example: Example) -> list[dict[str, Any]]:
    return example.unedited if example.unedited is not None else example.messages


def _intents(data_set: DataSet, example: Example) -> list[str]:
    return list(dict.fromkeys([*data_set.intents, *([example.intent] if example.intent else [])]))


def _labeller(request: HttpRequest) -> User:
    """Return the person; raises PermissionDenied for whoever labels on no site."""
    if not may(request.user, Ability.LABEL_DATA):
        raise PermissionDenied
    return signed_in(request)


def _data_set(person: User, public_id: str) -> DataSet:
    """Return a data set with examples that `person` may judge; raises Http404."""
    seen = Example.objects.labelled_by(person).values("data_set")
    data_set: DataSet = get_object_or_404(DataSet.objects.filter(pk__in=seen), public_id=public_id)
    return data_set


def _example(person: User, data_set: DataSet, public_id: str) -> Example:
    """Return an example that `person` may judge; raises Http404."""
    rows = Example.objects.filter(data_set=data_set).labelled_by(person).select_related("data_set", "site")
    example: Example = get_object_or_404(rows, public_id=public_id)
    return example


def _around(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title}


def _not_now() -> str:
    return _("This example cannot be judged now: its data set is being worked on, or it is settled already.")
