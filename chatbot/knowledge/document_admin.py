"""The admin's pages for documents, and among them for curated answers."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.audit import record_for
from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in, sites_where
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.knowledge.adding import read_again
from chatbot.knowledge.answer_files import BadFile, csv_pieces, import_answers
from chatbot.knowledge.answer_forms import AnswerForm, ImportForm, NewAnswerForm
from chatbot.knowledge.curated import add_answer, change_answer, remove_answer
from chatbot.knowledge.models import Document, Source
from chatbot.knowledge.problems import sentence
from chatbot.knowledge.removing import remove_documents

Kind = Source.Kind
ANSWERS_QUERY = f"kind={Kind.ANSWERS.value}"
_SHOWN_PASSAGES = 200
_COLOURS = {"waiting": "info", "ready": "success", "failed": "danger"}


class KindFilter(SimpleListFilter):
    """Narrows the list to documents of one kind of source."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Kind.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> QuerySet[Document]:
        return queryset.filter(source__kind=self.value()) if self.value() else queryset


@admin.register(Document)
class DocumentAdmin(RoleAdmin):
    """What the sources hold. Curated answers are written here, other documents where they come from."""

    reads = Ability.WRITE_KNOWLEDGE
    writes = Ability.WRITE_KNOWLEDGE
    list_display = ("name", "source_", "site", "state", "problem", "passages_", "indexed_at")
    list_display_links = ("name",)
    list_filter = (SiteFilter, KindFilter, "status")
    list_select_related = ("source", "site")
    search_fields = ("title", "url", "questions")
    ordering = ("-pk",)
    list_before_template = "admin/knowledge/documents.html"
    change_form_outer_before_template = "admin/knowledge/document.html"
    change_form_outer_after_template = "admin/knowledge/passages.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        documents: QuerySet[Document] = super().get_queryset(request)
        return documents.select_related("source", "site").annotate(passage_count=Count("passages"))

    def get_form(
        self, request: HttpRequest, obj: Document | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            form: Any = super().get_form(request, obj, change, **{**kwargs, "form": NewAnswerForm})
            sites = form.base_fields["for_site"]
            sites.queryset = sites_where(request.user, self.writes)
            sites.initial = self.get_changeform_initial_data(request).get("site")
            return form
        if obj.source.kind == Kind.ANSWERS:
            kwargs["form"] = AnswerForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Document | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("for_site", "questions", "text", "url")
        if obj.source.kind == Kind.ANSWERS:
            return ("questions", "text", "url")
        return ("title", "source_", "address", "language", "media_type", "indexed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Document | None = None) -> tuple[str, ...]:
        own = obj is None or obj.source.kind == Kind.ANSWERS
        return () if own else self.get_fields(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        written_here = not isinstance(obj, Document) or obj.source.kind == Kind.ANSWERS
        return written_here and super().has_change_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        def view(method: Any, name: str) -> Any:
            return path(
                name, self.admin_site.admin_view(method), name=f"knowledge_document_{method.__name__}"
            )

        return [
            view(self.import_, "import/"),
            view(self.export, "export/"),
            view(self.again, "<path:object_id>/again/"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answers = request.GET.get("kind") == Kind.ANSWERS
        title = gettext("Questions and answers") if answers else gettext("Documents")
        context = {"title": title, "only_answers": answers}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": gettext("Add a curated answer")}
        return super().add_view(request, form_url, {**context, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        document = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if document is not None:
            context = {
                "what_went_wrong": sentence(document.error, document.detail) if document.error else "",
                "passages": document.passages.order_by("position")[:_SHOWN_PASSAGES],
                "is_answer": document.source.kind == Kind.ANSWERS,
                "title": str(document),
                "subtitle": None,
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        data, by, network = form.cleaned_data, signed_in(request), network_of_request(request)
        questions = data["questions"].splitlines()
        if change:
            stored = Document.objects.select_related("source", "site").get(pk=obj.pk)
            change_answer(stored, questions, data["text"], by, network=network, url=data["url"])
        else:
            made = add_answer(data["for_site"], questions, data["text"], by, network=network, url=data["url"])
            obj.pk, obj.site, obj.source, obj.title = made.pk, made.site, made.source, made.title
            obj._state.adding = False

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        if obj.source.kind == Kind.ANSWERS:
            remove_answer(obj, signed_in(request), network=network_of_request(request))
            return
        record_for(request, "knowledge.document_removed", site=obj.site, about=obj)
        remove_documents(Document.objects.filter(pk=obj.pk))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a document take its passages along."""
        return [str(document) for document in objs], {}, set(), []

    def response_add(
        self, request: HttpRequest, obj: Document, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        return response if "_addanother" in request.POST else self._to_answers()

    def response_change(self, request: HttpRequest, obj: Document) -> HttpResponse:
        response = super().response_change(request, obj)
        return response if "_continue" in request.POST else self._to_answers()

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the worker read one document once more."""
        documents = self.get_queryset(request)
        document = get_object_or_404(documents, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, document.site_id):
            raise PermissionDenied
        read_again(document, signed_in(request))
        messages.success(request, gettext("It is read again."))
        return HttpResponseRedirect(reverse("admin:knowledge_document_change", args=[document.pk]))

    def import_(self, request: HttpRequest) -> HttpResponse:
        """Ask for a CSV file of curated answers, and take all of its rows or none."""
        if not may(request.user, self.writes):
            raise PermissionDenied
        sites = sites_where(request.user, self.writes)
        form = ImportForm(request.POST or None, request.FILES or None, sites=sites)
        errors: list[Any] = []
        if request.method == "POST" and form.is_valid():
            try:
                done = import_answers(
                    form.cleaned_data["site"],
                    form.cleaned_data["file"].read(),
                    signed_in(request),
                    network=network_of_request(request),
                )
            except BadFile as error:
                errors = error.errors
            else:
                told = gettext(
                    "%(added)d answers are new, %(changed)d have other words, %(same)d were there."
                )
                messages.success(
                    request, told % {"added": done.added, "changed": done.changed, "same": done.same}
                )
                return self._to_answers()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import curated answers"),
            "opts": self.opts,
            "form": form,
            "errors": errors,
        }
        return TemplateResponse(request, "admin/knowledge/import.html", context)

    @method_decorator(require_safe)
    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """Send the curated answers of the person's sites as CSV."""
        if not may(request.user, self.reads):
            raise PermissionDenied
        wanted = request.GET.get("site", "")
        sites = sites_where(request.user, self.reads)
        sites = sites.filter(pk=wanted) if wanted.isdecimal() else sites
        return StreamingHttpResponse(
            csv_pieces(list(sites.values_list("pk", flat=True))),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="answers.csv"'},
        )

    def _to_answers(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{reverse('admin:knowledge_document_changelist')}?{ANSWERS_QUERY}")

    @display(description=_("title"), ordering="title")
    def name(self, document: Document) -> str:
        return Truncator(str(document)).chars(90)

    @display(description=_("source"), ordering="source__name")
    def source_(self, document: Document) -> str:
        address = reverse("admin:knowledge_source_change", args=[document.source_id])
        return format_html('<a href="{}">{}</a>', address, document.source)

    @display(description=_("address"), empty_value="–")
    def address(self, document: Document) -> str | None:
        return document.url or None

    @display(description=_("state"), ordering="status", label=_COLOURS)
    def state(self, document: Document) -> tuple[str, str]:
        return document.status, document.get_status_display()

    @display(description=_("what went wrong"), empty_value="–")
    def problem(self, document: Document) -> str | None:
        return sentence(document.error, document.detail) if document.error else None

    @display(description=_("passages"), ordering="passage_count")
    def passages_(self, document: Any) -> int:
        return document.passage_count
