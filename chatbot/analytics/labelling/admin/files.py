"""The admin's pages for labelled files: upload, say what is what, look at what was found, import."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.installation_admin import InstallationAdmin
from accounts.networks import network_of_request
from accounts.policy import signed_in
from chatbot.analytics.labelling import label_files
from chatbot.analytics.labelling.admin.forms import ReadingForm, UploadForm, lines_of
from chatbot.analytics.labelling.label_files import DraftGone
from chatbot.analytics.labelling.label_reading import Report, read_labels
from chatbot.analytics.labelling.label_tables import BadFile, Table
from chatbot.analytics.models import LabelledFile, SentimentLabel

_SHOWN_ROWS = 10
_SHOWN_REPEATS = 20
_SHOWN_CHARACTERS = 200


@admin.register(LabelledFile)
class LabelledFileAdmin(InstallationAdmin):
    """Files of labelled texts; a draft leads to the page that asks what is what."""

    form = UploadForm
    list_display = ("name", "state_", "texts_", "site", "uploaded_by", "created_at")
    list_display_links = ("name",)
    list_filter = ("state",)
    list_select_related = ("site", "uploaded_by")
    change_form_outer_before_template = "admin/analytics/labelled_file.html"

    class Media:
        js = ("knowledge/files.js",)

    def get_fields(self, request: HttpRequest, obj: LabelledFile | None = None) -> tuple[str, ...]:
        return ("name", "site", "uploaded_by", "created_at", "sha256") if obj else ("file", "site")

    def get_readonly_fields(self, request: HttpRequest, obj: LabelledFile | None = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_urls(self) -> list[URLPattern]:
        reading = self.admin_site.admin_view(self.read)
        return [
            path("<path:object_id>/read/", reading, name="analytics_labelledfile_read"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": gettext("Add labelled texts"), "show_save_and_add_another": False}
        context |= {"show_save_and_continue": False, **(extra_context or {})}
        try:
            return super().add_view(request, form_url, context)
        except OSError as error:
            messages.error(request, gettext("The file could not be kept: %s. Make room.") % error.strerror)
            return HttpResponseRedirect(reverse("admin:analytics_labelledfile_add"))

    def save_model(self, request: HttpRequest, obj: LabelledFile, form: Any, change: bool) -> None:
        draft = label_files.keep_draft(
            form.cleaned_data["file"].name, form.content, by=signed_in(request), site=obj.site
        )
        obj.pk, obj.name = draft.pk, draft.name
        obj._state.adding = False

    def response_add(
        self, request: HttpRequest, obj: LabelledFile, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._to_reading(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        file = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(file, LabelledFile):
            if file.state == LabelledFile.State.DRAFT and self.has_view_permission(request):
                return self._to_reading(file)
            context = {
                "counts": [(language, list(row.values())) for language, row in file.counts().items()],
                "label_names": SentimentLabel.labels,
                "title": str(file),
                "subtitle": None,
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what a draft's columns and words mean, show what is found then, and import it when told to."""
        drafts: QuerySet[LabelledFile] = self.get_queryset(request)
        if not self.has_view_permission(request):
            drafts = drafts.none()
        number = object_id if object_id.isdecimal() and len(object_id) < 19 else None
        draft = get_object_or_404(drafts.filter(state=LabelledFile.State.DRAFT), pk=number)
        try:
            table = label_files.table_of(draft)
            form = ReadingForm(table, request.POST if request.method == "POST" else None)
            if request.method == "POST" and "import" in request.POST and form.is_valid():
                return self._import(request, draft, table, form)
        except DraftGone:
            messages.error(request, gettext("This file is not there any more. Upload it again."))
            return HttpResponseRedirect(reverse("admin:analytics_labelledfile_changelist"))
        return self._reading_page(request, draft, table, form)

    def _import(
        self, request: HttpRequest, draft: LabelledFile, table: Table, form: ReadingForm
    ) -> HttpResponse:
        try:
            report = label_files.import_draft(
                draft, form.reading(), by=signed_in(request), network=network_of_request(request)
            )
        except BadFile:
            return self._reading_page(request, draft, table, form)
        count = len(report.texts)
        told = ngettext("%(count)d text was imported.", "%(count)d texts were imported.", count)
        messages.success(request, told % {"count": count})
        return HttpResponseRedirect(reverse("admin:analytics_labelledfile_change", args=[draft.pk]))

    def _reading_page(
        self, request: HttpRequest, draft: LabelledFile, table: Table, form: ReadingForm
    ) -> HttpResponse:
        """Show the form, the first rows, and what reading the file so would give."""
        bound = form if form.is_bound else ReadingForm(table, {**form.initial, "words_of": form.chosen})
        errors, report = _found(table, bound)
        context = {
            **self.admin_site.each_context(request),
            "title": str(draft),
            "opts": self.opts,
            "draft": draft,
            "form": form,
            "word_fields": [form[name] for name in form.fields if name.startswith("word_")],
            "columns": table.columns,
            "rows": [
                (row.line, [text[:_SHOWN_CHARACTERS] for text in row.cells.values()])
                for row in table.rows[:_SHOWN_ROWS]
            ],
            "row_count": len(table.rows),
            "errors": errors,
            "report": report,
            "counts": [
                (language, [row.get(label, 0) for label in SentimentLabel.values])
                for language, row in sorted(report.counts().items())
            ]
            if report
            else [],
            "label_names": SentimentLabel.labels,
            "shown_repeats": _SHOWN_REPEATS,
        }
        return TemplateResponse(request, "admin/analytics/read_labels.html", context)

    def _to_reading(self, file: LabelledFile) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:analytics_labelledfile_read", args=[file.pk]))

    def delete_model(self, request: HttpRequest, obj: LabelledFile) -> None:
        label_files.remove(obj, by=signed_in(request), network=network_of_request(request))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a file take its texts along, which nobody deletes one by one."""
        return [str(file) for file in objs], {}, set(), []

    @display(description=_("state"), ordering="state", label={"draft": "warning", "imported": "success"})
    def state_(self, file: LabelledFile) -> tuple[str, str]:
        return file.state, file.get_state_display()

    @display(description=_("texts"), empty_value="–")
    def texts_(self, file: LabelledFile) -> str | None:
        """How many texts of each label there are, by language."""
        names = dict(SentimentLabel.choices)
        return (
            " · ".join(
                f"{language or '–'}: "
                + ", ".join(f"{count} {names[label]}" for label, count in row.items() if count)
                for language, row in file.counts().items()
            )
            or None
        )


def _found(table: Table, form: ReadingForm) -> tuple[list[str], Report | None]:
    if not form.is_valid():
        return [], None
    try:
        return [], read_labels(table, form.reading())
    except BadFile as error:
        return lines_of(error), None
