"""The forms of sources, one for each kind: each asks for what that kind needs and for nothing else."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from chatbot.knowledge.models import Source
from chatbot.knowledge.upload_limit import MIB, limit_bytes

READABLE = (".pdf", ".docx", ".html", ".htm", ".csv", ".tsv", ".md", ".markdown", ".txt")
TEXT_CHARACTERS = 500_000


class FilesInput(forms.FileInput):
    """A plain input for several files, which a keyboard and a screen reader know."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        limits = {
            "accept": ",".join(READABLE),
            "class": "parley-files",
            "data-max-bytes": limit_bytes(),
            "data-too-large": _("This file is too large: "),
        }
        super().__init__({**limits, **(attrs or {})})


class FilesField(forms.FileField):
    """One or many files; each is refused by name when it is too large, empty or of no type that is read."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the files; raises ValidationError with a sentence for each that is refused."""
        files: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            super().clean(None, initial)
            return []
        problems = [problem for file in files if (problem := refusal(file.name, file.size))]
        if problems:
            raise ValidationError(problems)
        return [super(FilesField, self).clean(file, initial) for file in files]


def refusal(name: str, size: int) -> str | Promise | None:
    """Return why a file with this name and of so many bytes is not taken, or None when it is."""
    if size > limit_bytes():
        return _("“%(name)s” has %(size)d MiB, and %(limit)d MiB is the limit. Divide it.") % {
            "name": name,
            "size": -(-size // MIB),
            "limit": limit_bytes() // MIB,
        }
    if not name.lower().endswith(READABLE):
        return _("“%(name)s” is of no type that is read: use PDF, DOCX, HTML, CSV, Markdown or text.") % {
            "name": name
        }
    return None


class SourceForm(forms.ModelForm[Source]):
    """A source of curated answers: its name is all that is asked for."""

    class Meta:
        model = Source
        fields: Sequence[str] = ("site", "name", "is_enabled")


class LongTextField(forms.CharField):
    """A text of many lines, which browsers send with other line ends than they were given."""

    widget = UnfoldAdminTextareaWidget

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class TextForm(SourceForm):
    """A text that is typed in."""

    text = LongTextField(
        label=_("Text"),
        max_length=TEXT_CHARACTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 20}),
        help_text=_("Plain or Markdown. Headings (“# Delivery”) help: they are searched with what follows."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            document = self.instance.documents.order_by("pk").first()
            self.fields["text"].initial = document.text if document else ""


class FileForm(SourceForm):
    """Files that are uploaded, with further ones later."""

    uploaded = FilesField(label=_("Files"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["uploaded"]
        field.required = self.instance.pk is None
        field.help_text = _(
            "PDF, DOCX, HTML, CSV, Markdown or text, %d MiB each at most. A file takes the place of an "
            "earlier one with the same name."
        ) % (limit_bytes() // MIB)


class AddressForm(SourceForm):
    """A web page, a sitemap, or a page and what it links to."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "placeholder": "https://"}),
    )

    class Meta(SourceForm.Meta):
        fields = (*SourceForm.Meta.fields, "url", "max_depth", "max_pages", "refresh")

    def clean_url(self) -> str:
        """Take addresses of the web alone, without passwords, which everybody here would read."""
        url: str = self.cleaned_data["url"]
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValidationError(_("Only addresses that begin with http:// or https:// are read."))
        if parts.username or parts.password:
            raise ValidationError(
                _("Leave out the name and the password: pages are read as a stranger sees them.")
            )
        return url


FORMS: dict[str, type[SourceForm]] = {
    Source.Kind.ANSWERS: SourceForm,
    Source.Kind.TEXT: TextForm,
    Source.Kind.FILE: FileForm,
    Source.Kind.PAGE: AddressForm,
    Source.Kind.SITEMAP: AddressForm,
    Source.Kind.CRAWL: AddressForm,
}
FIELDS: dict[str, tuple[str, ...]] = {
    Source.Kind.ANSWERS: (),
    Source.Kind.TEXT: ("text",),
    Source.Kind.FILE: ("uploaded",),
    Source.Kind.PAGE: ("url", "refresh"),
    Source.Kind.SITEMAP: ("url", "max_pages", "refresh"),
    Source.Kind.CRAWL: ("url", "max_depth", "max_pages", "refresh"),
}
# One line below the choice of kinds: when to take which.
ABOUT: dict[str, str | Promise] = {
    Source.Kind.ANSWERS: _("A place for answers that you write yourselves, given word for word."),
    Source.Kind.TEXT: _("Type or paste what the assistant should know."),
    Source.Kind.FILE: _("Upload what you have: conditions, manuals, price lists."),
    Source.Kind.PAGE: _("One public page, read again as often as you like."),
    Source.Kind.SITEMAP: _("All pages that a sitemap.xml names."),
    Source.Kind.CRAWL: _("Begins at one page and follows its links on the same site."),
}
