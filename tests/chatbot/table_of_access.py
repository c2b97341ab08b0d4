"""What the table in docs/access.md says, and which rows its lines speak of."""

from itertools import takewhile
from pathlib import Path

from accounts.models import Membership

ACCESS = Path(__file__).parents[2] / "docs" / "access.md"

# By the row of the table: which rows hold it, and which of them change when somebody works on it.
READ = {
    "settings of the site": {"accounts.Site"},
    "invitations, API keys, webhooks": {
        *("accounts.Invitation", "accounts.ApiKey", "operators.Webhook", "operators.Delivery"),
    },
    "people": {"conversations.Presence"},
    "hand-off rules": {"conversations.HandoffSettings", "conversations.Holiday"},
    "audit record": {"accounts.AuditEntry"},
    "prompts": {"prompts.PromptVersion"},
    "test cases, test runs, splits of prompts": {
        *("prompts.RegressionCase", "prompts.RegressionRun", "prompts.RegressionResult"),
    },
    "knowledge": {
        *("knowledge.Source", "knowledge.Document", "knowledge.Passage", "knowledge.IndexJob"),
    },
    "conversations": {
        *("conversations.Conversation", "conversations.Message", "conversations.Note"),
        *("conversations.ReplyTrace", "conversations.ConversationEvent"),
        "conversations.MessageSentiment",
    },
    "canned replies": {"operators.CannedReply"},
    "analytics": {"analytics.DailyFigures", "analytics.TopicRun"},
    "use of corrections": set(),
    "labelled files, training runs, sentiment heads": {
        *("analytics.LabelledFile", "analytics.LabelledText", "analytics.TrainingRun", "analytics.Rescoring"),
    },
    "jobs of the workshop": {"workshop.WorkshopJob"},
    "exports of versions": {"workshop.Export"},
    "evaluations of versions": {"workshop.Evaluation"},
    "blind votes": {"workshop.BlindVote", "workshop.BlindQuestion"},
    "alerts": {"analytics.AlertEvent"},
    "alert rules, who is told, weekly report": {
        *("analytics.WatchSettings", "analytics.ReportSettings", "analytics.Report", "analytics.Dispatch"),
    },
    "topics of questions": {"analytics.Topic"},
    "data sets": {"workshop.DataSource", "workshop.DataJob"},
    "use of conversations": set(),
    "labels of examples": {"workshop.Example"},
}
CHANGED = {
    **READ,
    "settings of the site": {"accounts.Site"},
    "people": {"accounts.User", "accounts.Membership", "conversations.Presence"},
    "hand-off rules": {"conversations.HandoffSettings", "conversations.OpeningTime", "conversations.Holiday"},
    "audit record": set(),
    "test cases, test runs, splits of prompts": {
        *("prompts.RegressionCase", "prompts.RegressionRun", "prompts.Split"),
    },
    "knowledge": {
        *("knowledge.Source", "knowledge.Document", "knowledge.Passage", "knowledge.IndexJob"),
        *("knowledge.KnowledgeSettings", "operators.SettledQuestion"),
    },
    "conversations": {
        *("conversations.Conversation", "conversations.Note", "conversations.ConversationEvent"),
        *("conversations.Visitor", "conversations.MessageSentiment"),
    },
    "canned replies": {"operators.CannedReply", "operators.Label"},
    "analytics": set(),
    "use of corrections": {"analytics.LabellingSettings"},
    "use of conversations": {"workshop.ConversationConsent"},
    "labels of examples": {"workshop.Example", "workshop.Judgement"},
    # A ballot is its voter's own, and nobody else's.
    "blind votes": set(),
    "alerts": {"analytics.Alert", "analytics.AlertEvent", "analytics.AlertRule"},
    "alert rules, who is told, weekly report": {
        *("analytics.WatchSettings", "analytics.ReportSettings", "analytics.Report", "analytics.Dispatch"),
    },
}
ROLES = [str(role) for role in Membership.Role.values]


def table() -> dict[str, dict[str, str]]:
    """Return what docs/access.md says: by row and role "change", "see" or "–"."""
    lines = ACCESS.read_text(encoding="utf-8").partition("| | owner |")[2].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in takewhile(bool, lines)]
    return {name: dict(zip(ROLES, cells, strict=True)) for name, *cells in rows}
