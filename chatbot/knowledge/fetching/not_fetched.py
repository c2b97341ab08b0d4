"""Why a page was not fetched, in words for people."""

from django.utils.translation import gettext as _


class NotFetched(Exception):
    """`code` is for programs, `detail` a sentence that says what is wrong; `url` is where it happened."""

    def __init__(self, code: str, detail: str, url: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.url = url


def not_fetched(code: str, url: str, fact: str = "") -> NotFetched:
    """Return the error for a code; `fact` is the number or the words that its sentence needs."""
    return NotFetched(code, _sentence(code, fact), url)


def _sentence(code: str, fact: str) -> str:
    match code:
        case "bad_address":
            return fact or _("Write an address like https://example.com/help.")
        case "private_address":
            return _("The address is inside this network, which is not read (KNOWLEDGE_ALLOWED_NETWORKS).")
        case "robots_denied":
            return _("The site's robots.txt asks programs not to read this page.")
        case "robots_unknown":
            return _("The site's robots.txt cannot be read, so that no page is read either.")
        case "redirect_loop":
            return _("The address leads to other addresses without an end.")
        case "insecure_redirect":
            return _("The address leads from https:// to http://, which is not followed.")
        case "not_found":
            return _("There is no page at this address (status %s).") % fact
        case "forbidden":
            return _("The page is not open to everybody (status %s).") % fact
        case "busy":
            return _("The site asks for fewer requests. Try again later.")
        case "too_large":
            return _("The page is larger than %s MB.") % fact
        case "too_slow":
            return _("The page did not come within %s seconds.") % fact
        case "wrong_type":
            return _("The address holds “%s”, which is not read.") % fact
        case "other_site":
            return _("The address leads to another site.")
        case "no_sitemap":
            return _("There is no sitemap at this address.")
        case "unreachable":
            return _("The server cannot be reached: %s") % fact
        case "failed":
            return _("The site answered with an error (status %s).") % fact
    return _("What the site sent cannot be read.")
