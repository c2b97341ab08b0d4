"""What the demo history stands on: documents that answers name, two versions of a prompt, and the label."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import Site
from chatbot.conversations.models import ReplyTrace
from chatbot.knowledge.models import Document, Source
from chatbot.knowledge.removing import remove_source
from chatbot.monitoring.demo_history.marking import LABEL, PROMPT, SOURCE, new_marked_id
from chatbot.monitoring.demo_history.texts import Theme
from chatbot.operators.models import Label
from chatbot.prompts.models import PromptVersion

# Documents beyond those that answers name, so that some are never used.
_NEVER_USED = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`documents` by the names of their themes."""

    label: Label
    prompts: tuple[PromptVersion, PromptVersion]
    documents: dict[str, Document]


@transaction.atomic
def create_surroundings(
    site: Site, themes: Sequence[Theme], published: tuple[datetime, datetime]
) -> Surroundings:
    """Create what the conversations refer to; visitors who come now are answered from none of it.

    The documents have no passages and their source is not enabled, and the prompts were replaced already.
    """
    label, _created = Label.objects.get_or_create(
        site=site, name=LABEL, defaults={"colour": Label.Colour.YELLOW}
    )
    source = Source.objects.create(site=site, kind=Source.Kind.TEXT, name=SOURCE, is_enabled=False)
    languages = {theme.name: theme.language for theme in themes}
    documents = {name: _document(source, name, language) for name, language in languages.items()}
    never_used = [_document(source, f"Never used {number + 1}", "en") for number in range(_NEVER_USED)]
    Document.objects.bulk_create([*documents.values(), *never_used], batch_size=500)
    newest = PromptVersion.objects.filter(site=site).aggregate(newest=Max("number"))["newest"] or 0
    first, second = (
        PromptVersion.objects.create(
            site=site,
            number=newest + 1 + place,
            text=PROMPT,
            message=LABEL,
            state=PromptVersion.State.REPLACED,
            published_at=moment,
        )
        for place, moment in enumerate(published)
    )
    return Surroundings(label, (first, second), documents)


@transaction.atomic
def remove_surroundings(site: Site) -> None:
    """Take away what `create_surroundings` made, once no demo conversation is left that refers to it."""
    for source in Source.objects.filter(site=site, name=SOURCE, documents__public_id__startswith="demo"):
        if not source.documents.exclude(public_id__startswith="demo").exists():
            remove_source(source)
    prompts = PromptVersion.objects.filter(site=site, text=PROMPT, message=LABEL)
    prompts.filter(state=PromptVersion.State.REPLACED).exclude(
        pk__in=ReplyTrace.objects.filter(prompt_version__in=prompts).values("prompt_version")
    ).delete()
    Label.objects.filter(site=site, name=LABEL, conversations__isnull=True).delete()


def _document(source: Source, name: str, language: str) -> Document:
    return Document(
        public_id=new_marked_id(),
        site_id=source.site_id,
        source=source,
        title=f"Demo: {name}"[:300],
        text="Demo history: a document without passages, from which no visitor is answered.",
        language=language,
        status=Document.Status.READY,
    )
