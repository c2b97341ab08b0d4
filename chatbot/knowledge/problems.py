"""What can go wrong with a document or a job, by code, in sentences for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The codes are those of parsing, of fetching, and of indexing itself.
SENTENCES: dict[str, str | Promise] = {
    # parsing
    "encrypted": _("The file is protected with a password. Save it without one and upload it again."),
    "too_large": _("It is larger than what is read."),
    "wrong_type": _("The content is not what the name of the file says, or of a type that is not read."),
    "too_slow": _("It took too long and was given up."),
    "too_many_pages": _("It has more pages than are read."),
    "unknown_type": _("Files of this type are not read. Use PDF, DOCX, HTML, CSV, Markdown or text."),
    "too_much_text": _("It has more text than one document may hold. Divide it."),
    "too_many_rows": _("It has more rows than are read."),
    "bomb": _("Unpacked, the file would be far larger than it looks; it was not read."),
    "empty": _("There is no text in it. Scanned pages need text recognition first."),
    "broken": _("The file is damaged."),
    # fetching
    "bad_address": _("This is no address of a web page."),
    "private_address": _("The address is inside a private network, from where nothing is read."),
    "robots_denied": _("The site's robots.txt asks programs not to read this page."),
    "robots_unknown": _("The site's robots.txt cannot be read, so that no page is read either."),
    "redirect_loop": _("The address leads to other addresses without an end."),
    "insecure_redirect": _("The address leads from https:// to http://, which is not followed."),
    "not_found": _("There is no such page."),
    "forbidden": _("The page is not open to everybody."),
    "busy": _("The site asks for fewer requests. Try again later."),
    "other_site": _("The address leads to another site."),
    "no_sitemap": _("There is no sitemap at this address."),
    "unreachable": _("The server cannot be reached."),
    "failed": _("The site answered with an error."),
    "broken_answer": _("What the site sent cannot be read."),
    # indexing
    "file_gone": _("The uploaded file is not in DATA_DIR any more. Upload it again."),
    "too_many_passages": _("It has more text than one document may hold. Divide it."),
    "encoder_away": _("The encoder does not answer. This is tried again every half minute."),
    "crashed": _("Something unexpected went wrong; the log of the worker says more."),
    "no_pages": _("Not one page could be read, so that everything was left as it was."),
    "cancelled": _("Somebody stopped it."),
}


def sentence(code: str, detail: str = "") -> str:
    """Return the sentence for `code` in the reader's language, or `detail` where the code is unknown."""
    return str(SENTENCES[code]) if code in SENTENCES else detail or code
