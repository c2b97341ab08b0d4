"""The pages around the chat: the chat itself, the loader that companies include, the demo, the front page."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from accounts.models import Site
from accounts.policy import Policy, policy
from chatbot.widget import demo
from chatbot.widget.colours import Palette
from chatbot.widget.framing import chat_policy, framing_origins
from chatbot.widget.strings import chat_strings, general_suggestions, loader_strings

JAVASCRIPT = "text/javascript; charset=utf-8"
TEN_MINUTES = "public, max-age=600, stale-while-revalidate=86400"


@cache
def _loader_source() -> tuple[bytes, str]:
    path = finders.find("widget/loader.js")
    if path is None:
        raise FileNotFoundError("static/widget/loader.js is missing from this installation.")
    source = Path(path).read_bytes()
    return source, hashlib.sha256(source).hexdigest()[:32]


def _loader_etag(request: HttpRequest) -> str:
    return f'"{_loader_source()[1]}"'


@policy(Policy.PUBLIC)
@require_safe
@xframe_options_exempt
def chat(request: HttpRequest, site_key: str) -> HttpResponse:
    """The chat page of a site, inside the frame or alone."""
    site = _site_or_404(site_key)
    language = _language(request, site)
    framed_by = framing_origins(site, request)
    with translation.override(language):
        context = {
            "site": site,
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "greeting": site.greeting or _("Hello! How can we help?"),
            "scores": range(1, 6),
            "suggestions": demo.SUGGESTIONS if site_key == demo.SITE_KEY else general_suggestions(),
            "page_data": _page_data(site, language, framed_by),
        }
        response = render(request, "widget/chat.html", context)
    response["Content-Security-Policy"] = chat_policy(request, framed_by)
    response["Content-Language"] = language
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    # Pages that isolate themselves take only frames that do the same; ours loads nothing from elsewhere.
    response["Cross-Origin-Embedder-Policy"] = "require-corp"
    response["Referrer-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


@policy(Policy.PUBLIC)
@require_safe
@gzip_page
@condition(etag_func=_loader_etag)
def loader(request: HttpRequest) -> HttpResponse:
    """The script that a company includes: public, the same for everybody."""
    return _public_script(_loader_source()[0])


@policy(Policy.PUBLIC)
@require_safe
def launcher(request: HttpRequest, site_key: str) -> HttpResponse:
    """What the loader must know of a site before the chat is opened, as a module that any page can import."""
    site = _site_or_404(site_key)
    language = _language(request, site)
    palette = Palette.of(site.accent_colour)
    with translation.override(language):
        facts = {
            "accent": palette.accent,
            "onAccent": palette.on_accent,
            "language": language,
            "strings": loader_strings() | {"title": _("Chat with {name}").format(name=site.name)},
        }
    return _public_script(f"export default {json.dumps(facts)};\n".encode())


@policy(Policy.PUBLIC)
@require_safe
def demo_page(request: HttpRequest) -> HttpResponse:
    """A small shop with the chat on it."""
    return render(request, "demo/shop.html", {"shop": demo, "products": demo.PRODUCTS})


@policy(Policy.PUBLIC)
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What runs here, and where to go."""
    return render(request, "landing/landing.html", {"public_url": settings.PUBLIC_URL})


def _site_or_404(site_key: str) -> Site:
    try:
        return Site.objects.for_key(site_key)
    except Site.DoesNotExist:
        raise Http404(_("There is no such chat.")) from None


def _language(request: HttpRequest, site: Site) -> str:
    """The language that the page around the chat asks for, else the site's, else the browser's."""
    try:
        return translation.get_supported_language_variant(request.GET.get("lang") or "")
    except LookupError:
        fixed = site.language != Site.Language.AUTO
        return site.language if fixed else translation.get_language_from_request(request)


def _page_data(site: Site, language: str, framed_by: list[str]) -> dict[str, object]:
    palette = Palette.of(site.accent_colour)
    return {
        "site": {
            "key": site.public_key,
            "name": site.name,
            "allowedOrigins": framed_by,
            "colours": {
                "accent": palette.accent,
                "on-accent": palette.on_accent,
                "accent-on-light": palette.accent_on_light,
                "accent-on-dark": palette.accent_on_dark,
            },
        },
        "language": language,
        "limits": {"message": settings.MESSAGE_MAX_CHARACTERS},
        "paths": {
            "visitors": "/api/v1/visitors",
            "tickets": "/api/v1/tickets",
            "socket": "/ws/visitor/",
        },
        "strings": chat_strings(),
    }


def _public_script(source: bytes) -> HttpResponse:
    response = HttpResponse(source, content_type=JAVASCRIPT)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = TEN_MINUTES
    return response
