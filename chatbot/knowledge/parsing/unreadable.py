"""Why a document was not read, in words for people."""

from django.utils.translation import gettext as _


class Unreadable(Exception):
    """`code` is for programs, `detail` a sentence that says what is wrong and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def unreadable(code: str, fact: str = "") -> Unreadable:
    """Return the error for a code; `fact` is the number or the word that its sentence needs."""
    match code:
        case "encrypted":
            return Unreadable(code, _("The file is protected by a password. Save it without one."))
        case "too_large":
            return Unreadable(code, _("The file is larger than %s MB. Split it into smaller ones.") % fact)
        case "too_many_pages":
            return Unreadable(code, _("The file has more than %s pages. Split it into smaller ones.") % fact)
        case "too_many_rows":
            return Unreadable(code, _("The table has more than %s rows. Split it into smaller ones.") % fact)
        case "too_much_text":
            return Unreadable(
                code, _("The text has more than %s characters. Split it into smaller ones.") % fact
            )
        case "too_slow":
            return Unreadable(code, _("Reading took longer than %s seconds and was ended.") % fact)
        case "bomb":
            return Unreadable(code, _("The file unpacks to far more than a document holds. It is not read."))
        case "empty":
            return Unreadable(
                code, _("No text was found. Pictures of text, like scans, have to be made text first.")
            )
        case "unknown_type":
            return Unreadable(
                code, _("This kind of file is not read. Use PDF, DOCX, HTML, Markdown, text or CSV.")
            )
        case "wrong_type":
            return Unreadable(code, fact)
        case "broken" if fact == "memory":
            return Unreadable(code, _("Reading the file needs more memory than is allowed for it."))
    return Unreadable("broken", _("The file is damaged and cannot be read. Save it again and try once more."))
