"""How the admin site looks and what its sidebar offers; Unfold reads this from the settings."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


def no_inline_colours(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return no colours: Unfold would write them in a style tag, which the security policy forbids.

    They stand in static/admin/parley.css instead.
    """
    return {}


def shows_analytics(request: HttpRequest) -> bool:
    """Tell whether the page belongs to the sidebar's entry "Analytics".

    Pages with an entry of their own lie below the dashboard's address too, and Unfold would mark both.
    """
    others = ("analytics:alert_list", "analytics:reports")
    return request.path.startswith(reverse("analytics:dashboard")) and not any(
        request.path.startswith(reverse(name)) for name in others
    )


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Parley",
    "SITE_HEADER": "Parley",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("parley/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("parley/mark.svg")}
    ],
    "STYLES": [
        lambda request: static("admin/parley.css"),
        lambda request: static("admin/sign_in.css"),
        lambda request: static("accounts/account.css"),
    ],
    "SCRIPTS": [lambda request: static("admin/parley.js")],
    "COLORS": "chatbot.admin_theme.no_inline_colours",
    "BORDER_RADIUS": None,
    "ACCOUNT": {"navigation": [{"title": _("My account"), "link": reverse_lazy("mfa_index")}]},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "chatbot.monitoring.admin.add_overview",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": _("Overview"),
                        "icon": "monitor_heart",
                        "link": reverse_lazy("admin:index"),
                    },
                    {
                        "title": _("Inbox"),
                        "icon": "inbox",
                        "link": reverse_lazy("operators:inbox"),
                        "permission": "accounts.navigation.reads_conversations",
                    },
                    {
                        "title": _("Analytics"),
                        "icon": "bar_chart",
                        "link": reverse_lazy("analytics:dashboard"),
                        "active": shows_analytics,
                        "permission": "accounts.navigation.reads_analytics",
                    },
                    {
                        "title": _("Alerts"),
                        "icon": "notifications_active",
                        "link": reverse_lazy("analytics:alert_list"),
                        "permission": "accounts.navigation.reads_analytics",
                    },
                    {
                        "title": _("Conversations"),
                        "icon": "forum",
                        "link": reverse_lazy("admin:conversations_conversation_changelist"),
                        "permission": "accounts.navigation.reads_conversations",
                    },
                    {
                        "title": _("Answers given"),
                        "icon": "account_tree",
                        "link": reverse_lazy("workbench:answers"),
                        "permission": "accounts.navigation.reads_conversations",
                    },
                ],
            },
            {
                "title": _("What the assistant is told"),
                "separator": True,
                "items": [
                    {
                        "title": _("Prompts"),
                        "icon": "edit_note",
                        "link": reverse_lazy("admin:prompts_promptversion_changelist"),
                        "permission": "accounts.navigation.writes_prompts",
                    },
                    {
                        "title": _("Playground"),
                        "icon": "science",
                        "link": reverse_lazy("playground:page"),
                        "permission": "accounts.navigation.writes_prompts",
                    },
                    {
                        "title": _("Test cases"),
                        "icon": "checklist",
                        "link": reverse_lazy("admin:prompts_regressioncase_changelist"),
                        "permission": "accounts.navigation.writes_prompts",
                    },
                    {
                        "title": _("Test runs"),
                        "icon": "rule",
                        "link": reverse_lazy("admin:prompts_regressionrun_changelist"),
                        "permission": "accounts.navigation.writes_prompts",
                    },
                    {
                        "title": _("Splits"),
                        "icon": "call_split",
                        "link": reverse_lazy("admin:prompts_split_changelist"),
                        "permission": "accounts.navigation.writes_prompts",
                    },
                ],
            },
            {
                "title": _("Knowledge"),
                "separator": True,
                "items": [
                    {
                        "title": _("Sources"),
                        "icon": "library_books",
                        "link": reverse_lazy("admin:knowledge_source_changelist"),
                        "permission": "accounts.navigation.writes_knowledge",
                    },
                    {
                        "title": _("Questions and answers"),
                        "icon": "quiz",
                        "link": format_lazy(
                            "{}?kind=answers", reverse_lazy("admin:knowledge_document_changelist")
                        ),
                        "permission": "accounts.navigation.writes_knowledge",
                    },
                    {
                        "title": _("Try it"),
                        "icon": "play_circle",
                        "link": reverse_lazy("workbench:try"),
                        "permission": "accounts.navigation.writes_knowledge",
                    },
                    {
                        "title": _("Unanswered"),
                        "icon": "help",
                        "link": reverse_lazy("workbench:unanswered"),
                        "permission": "accounts.navigation.writes_knowledge",
                    },
                    {
                        "title": _("Use of knowledge"),
                        "icon": "tune",
                        "link": reverse_lazy("admin:knowledge_knowledgesettings_changelist"),
                        "permission": "accounts.navigation.writes_knowledge",
                    },
                ],
            },
            {
                "title": _("Sentiment"),
                "separator": True,
                "items": [
                    {
                        "title": _("Use of corrections"),
                        "icon": "privacy_tip",
                        "link": reverse_lazy("admin:analytics_labellingsettings_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Labelled files"),
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:analytics_labelledfile_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Training runs"),
                        "icon": "model_training",
                        "link": reverse_lazy("admin:analytics_trainingrun_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Sentiment heads"),
                        "icon": "mood",
                        "link": reverse_lazy("admin:analytics_sentimenthead_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                ],
            },
            {
                "title": _("Workshop"),
                "separator": True,
                "items": [
                    {
                        "title": _("Data sets"),
                        "icon": "dataset",
                        "link": reverse_lazy("admin:workshop_dataset_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Labelling"),
                        "icon": "checklist_rtl",
                        "link": reverse_lazy("workshop:labelling"),
                        "permission": "accounts.navigation.labels_data",
                    },
                    {
                        "title": _("Use of conversations"),
                        "icon": "privacy_tip",
                        "link": reverse_lazy("admin:workshop_conversationconsent_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Jobs"),
                        "icon": "construction",
                        "link": reverse_lazy("admin:workshop_workshopjob_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Evaluations"),
                        "icon": "analytics",
                        "link": reverse_lazy("admin:workshop_evaluation_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Blind votes"),
                        "icon": "balance",
                        "link": reverse_lazy("admin:workshop_blindvote_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Which answer is better?"),
                        "icon": "how_to_vote",
                        "link": reverse_lazy("votes:list"),
                        "permission": "accounts.navigation.answers_visitors",
                    },
                ],
            },
            {
                "title": _("Set up"),
                "separator": True,
                "items": [
                    {
                        "title": _("Sites"),
                        "icon": "language",
                        "link": reverse_lazy("admin:accounts_site_changelist"),
                    },
                    {
                        "title": _("People"),
                        "icon": "group",
                        "link": reverse_lazy("admin:accounts_user_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Invitations"),
                        "icon": "mail",
                        "link": reverse_lazy("admin:accounts_invitation_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Labels"),
                        "icon": "label",
                        "link": reverse_lazy("admin:operators_label_changelist"),
                        "permission": "accounts.navigation.answers_visitors",
                    },
                    {
                        "title": _("Canned replies"),
                        "icon": "quickreply",
                        "link": reverse_lazy("admin:operators_cannedreply_changelist"),
                        "permission": "accounts.navigation.answers_visitors",
                    },
                    {
                        "title": _("API keys"),
                        "icon": "key",
                        "link": reverse_lazy("admin:accounts_apikey_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Webhooks"),
                        "icon": "webhook",
                        "link": reverse_lazy("admin:operators_webhook_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Weekly report"),
                        "icon": "outgoing_mail",
                        "link": reverse_lazy("analytics:reports"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Hand-off"),
                        "icon": "support_agent",
                        "link": reverse_lazy("admin:conversations_handoffsettings_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Who is there"),
                        "icon": "badge",
                        "link": reverse_lazy("admin:conversations_presence_changelist"),
                        "permission": "accounts.navigation.manages_sites",
                    },
                    {
                        "title": _("Audit record"),
                        "icon": "fact_check",
                        "link": reverse_lazy("admin:accounts_auditentry_changelist"),
                        "permission": "accounts.navigation.reads_audit",
                    },
                    {
                        "title": _("Language models"),
                        "icon": "neurology",
                        "link": reverse_lazy("admin:inference_languagemodelversion_changelist"),
                    },
                    {
                        "title": _("Canary"),
                        "icon": "compare_arrows",
                        "link": reverse_lazy("admin:workshop_canary_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                    {
                        "title": _("Gate and canary"),
                        "icon": "tune",
                        "link": reverse_lazy("admin:workshop_rolloutsettings_changelist"),
                        "permission": "accounts.navigation.runs_installation",
                    },
                ],
            },
        ],
    },
}
