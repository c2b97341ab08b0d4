"""A data set with an example of a site's conversation; each row has the word that says what kind it is."""

from collections.abc import Callable

from django.db.models import Model

from accounts.models import Site, User
from chatbot.conversations.models import Conversation
from chatbot.workshop.models import (
    CleaningStep,
    ConversationConsent,
    DataJob,
    DataSet,
    DataSetVersion,
    DataSource,
    Example,
    HeldConversation,
    Judgement,
    key_of,
)

# These lead to no site and no person; superusers alone change them.
OF_THE_INSTALLATION = {"workshop.DataSet", "workshop.DataSetVersion", "workshop.CleaningStep"}
# These hold numbers, keys and what is allowed.
WITHOUT_WORDS = {"workshop.ConversationConsent", "workshop.HeldConversation"}


def plant_data_sets(
    site: Site, colleague: User, conversation: Conversation, secret: Callable[[type[Model]], str]
) -> list[Model]:
    """Make a data set whose one example the site's people may judge; `secret` gives the words."""
    consent = ConversationConsent.objects.create(site=site, allows_data_sets=True)
    data_set = DataSet.objects.create(name="of a site", double_share=0)
    source = DataSource.objects.create(
        data_set=data_set, kind="conversations", state="ready", name=secret(DataSource), added_by=colleague
    )
    key = key_of(conversation.public_id)
    example = Example.objects.create(
        **{"data_set": data_set, "source": source, "site": site, "conversation": conversation, "group": key},
        messages=[
            {"role": "user", "content": secret(Example)},
            {"role": "assistant", "content": secret(Example)},
        ],
    )
    version = DataSetVersion.objects.create(
        data_set=data_set, number=1, sha256="0" * 64, created_by=colleague
    )
    return [
        *(consent, data_set, source, example, version),
        CleaningStep.objects.create(data_set=data_set, kind="exact", position=0),
        HeldConversation.objects.create(version=version, key=key, conversation=conversation),
        Judgement.objects.create(example=example, by=colleague, verdict="accept", intent=secret(Judgement)),
        DataJob.objects.create(
            data_set=data_set, kind="clean", state="done", message=secret(DataJob), asked_by=colleague
        ),
    ]
