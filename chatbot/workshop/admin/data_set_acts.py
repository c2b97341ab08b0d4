"""What is asked for on the page of a data set: the worker does it, the page shows how far it is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.audit import record_for
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.workshop.admin.data_set_forms import (
    AugmentForm,
    CollectForm,
    UploadForm,
    VersionForm,
    step_forms,
)
from chatbot.workshop.data_sets import adding, asking, looking_after, uploads
from chatbot.workshop.data_sets.cleaning.running import steps_of
from chatbot.workshop.models import DataJob, DataSet, DataSource

Kind = DataJob.Kind
post_only = method_decorator(require_POST)


class DataSetActs:
    """Mixed into the admin of data sets; each act leads back to the page."""

    found: Callable[[HttpRequest, str], DataSet]

    @post_only
    def upload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keep a file and have the worker read it."""
        data_set = self.found(request, object_id)
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._told(request, data_set, form)
        file = form.cleaned_data["file"]
        try:
            uploads.keep_upload(
                data_set,
                file.name,
                file.chunks(),
                licence=form.cleaned_data["licence"],
                by=signed_in(request),
                network=network_of_request(request),
            )
        except asking.AtWork:
            return self._busy(request, data_set)
        except OSError as error:
            messages.error(request, gettext("The file could not be kept: %s. Make room.") % error.strerror)
        return HttpResponseRedirect(self.page(data_set))

    @post_only
    def collect(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the worker make examples of conversations."""
        form = CollectForm(request.POST)
        return self._ask(request, object_id, Kind.COLLECT, form, lambda: form.settings())

    @post_only
    def augment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the worker make synthetic examples."""
        form = AugmentForm(request.POST)
        return self._ask(request, object_id, Kind.AUGMENT, form, lambda: form.settings())

    @post_only
    def version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the worker make a version."""
        form = VersionForm(request.POST)
        return self._ask(request, object_id, Kind.VERSION, form, lambda: form.cleaned_data)

    @post_only
    def clean(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Store the settings of the steps, and have the worker do them unless only that was asked."""
        data_set = self.found(request, object_id)
        if asking.is_at_work(data_set):
            return self._busy(request, data_set)
        forms = step_forms(steps_of(data_set), request.POST)
        wrong = next((form for form in forms if not form.is_valid()), None)
        if wrong is not None:
            return self._told(request, data_set, wrong)
        with transaction.atomic():
            for form in forms:
                form.save()
        if "save" in request.POST:
            messages.success(request, gettext("The steps are stored."))
            return HttpResponseRedirect(self.page(data_set))
        return self._asked(request, data_set, Kind.CLEAN, {})

    @post_only
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End what the worker is at; nothing of it stays."""
        data_set = self.found(request, object_id)
        for job in DataJob.objects.unfinished().filter(data_set=data_set):
            looking_after.cancel(job)
        return HttpResponseRedirect(self.page(data_set))

    @post_only
    def drop(self, request: HttpRequest, object_id: str, source_id: int) -> HttpResponse:
        """Remove a source with its examples; versions made of them stay as they are."""
        data_set = self.found(request, object_id)
        source = get_object_or_404(data_set.sources, pk=source_id)
        if source.state != DataSource.State.READY or asking.is_at_work(data_set):
            return self._busy(request, data_set)
        with transaction.atomic():
            count = source.examples.count()
            record_for(request, "workshop.source_removed", about=data_set, source=source.name, examples=count)
            adding.discard(source)
        messages.success(request, gettext("The source and its examples are removed."))
        return HttpResponseRedirect(self.page(data_set))

    def page(self, data_set: DataSet) -> str:
        """Return the address of a data set's page."""
        return reverse("admin:workshop_dataset_change", args=[data_set.pk])

    def _ask(
        self,
        request: HttpRequest,
        object_id: str,
        kind: DataJob.Kind,
        form: Form,
        settings: Callable[[], dict[str, Any]],
    ) -> HttpResponse:
        data_set = self.found(request, object_id)
        if not form.is_valid():
            return self._told(request, data_set, form)
        return self._asked(request, data_set, kind, settings())

    def _asked(
        self, request: HttpRequest, data_set: DataSet, kind: DataJob.Kind, settings: dict[str, Any]
    ) -> HttpResponse:
        network = network_of_request(request)
        try:
            asking.ask(data_set, kind, settings=settings, by=signed_in(request), network=network)
        except asking.AtWork:
            return self._busy(request, data_set)
        return HttpResponseRedirect(self.page(data_set))

    def _told(self, request: HttpRequest, data_set: DataSet, form: Form) -> HttpResponse:
        """Lead back to the page with what is wrong."""
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            words = " ".join(str(error) for error in errors.as_data()[0].messages) if errors else ""
            messages.error(request, f"{label}: {words}" if label else words)
        return HttpResponseRedirect(self.page(data_set))

    def _busy(self, request: HttpRequest, data_set: DataSet) -> HttpResponse:
        messages.error(
            request, gettext("Work on this data set goes on already. Wait for its end, or cancel it.")
        )
        return HttpResponseRedirect(self.page(data_set))
