"""A report as a mail of text and HTML, with its pictures inside."""

from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chatbot.analytics.mail_style import mail_style
from chatbot.analytics.models import Report
from chatbot.analytics.reports import wording
from chatbot.analytics.reports.pictures import NAMES


def as_mail(report: Report, address: str) -> EmailMultiAlternatives:
    """Return the mail for one address: text, HTML and the pictures, which it shows by their Content-ID."""
    with translation.override(report.language):
        context = _shown(report, {name: f"cid:{_content_id(report, name)}" for name in NAMES})
        mail = EmailMultiAlternatives(
            context["subject"],
            render_to_string("analytics/mail/report.txt", context),
            None,
            [address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("analytics/mail/report.html", context), "text/html")
    mail.mixed_subtype = "related"
    for picture in report.pictures.all():
        image = MIMEImage(bytes(picture.png), "png")
        image.add_header("Content-ID", f"<{_content_id(report, picture.name)}>")
        image.add_header("Content-Disposition", "inline", filename=f"{picture.name}.png")
        mail.attach(image)
    return mail


def body(report: Report, addresses: dict[str, str]) -> str:
    """Return what stands in the mail's HTML, safe, for a page; `addresses` are the pictures' by their names.

    In the language that is active; static/analytics/mail.css gives both their look.
    """
    return render_to_string("analytics/mail/report_body.html", _shown(report, addresses))


def _shown(report: Report, addresses: dict[str, str]) -> dict[str, Any]:
    texts = wording.picture_texts()
    period = f"?site={report.site_id}&first={report.first.isoformat()}&last={report.last.isoformat()}"
    return {
        "report": report,
        "site": report.site,
        "language": report.language,
        "style": mail_style(),
        "subject": _subject(report),
        "figures": wording.figure_rows(report.content),
        "days": wording.day_rows(report.content),
        "is_empty": report.content.get("is_empty", False),
        "pictures": [
            {
                "name": name,
                "address": addresses[name],
                "title": texts[name][0],
                "legend": texts[name][1],
                "words": wording.alternative(name, report.content),
            }
            for name in NAMES
        ],
        "link": settings.PUBLIC_URL + reverse("analytics:dashboard") + period,
        "settings_link": settings.PUBLIC_URL + reverse("analytics:reports") + f"?site={report.site_id}",
    }


def _subject(report: Report) -> str:
    words = {
        "site": " ".join(report.site.name.split()),
        "first": date_format(report.first, "SHORT_DATE_FORMAT"),
        "last": date_format(report.last, "SHORT_DATE_FORMAT"),
    }
    if report.kind == Report.Kind.TEST:
        return _("Test: weekly report of %(site)s, %(first)s – %(last)s") % words
    return _("Weekly report of %(site)s, %(first)s – %(last)s") % words


def _content_id(report: Report, name: str) -> str:
    return f"{name}.{report.public_id}@parley"
