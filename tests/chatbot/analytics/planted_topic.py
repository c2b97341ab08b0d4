"""A topic and the use of a document, as an answer leaves them, for walks through pages."""

from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.models import DocumentUse, Topic, TopicQuestion, TopicRun
from chatbot.conversations.models import Message
from chatbot.knowledge.models import Document


def plant_topic(site: Site, answer: Message, document: Document) -> Topic:
    """Return a topic of today with the question that `answer` answers, if it has one, and a hidden topic."""
    today = timezone.localdate()
    topic = Topic.objects.create(site=site, name="Small desks")
    Topic.objects.create(site=site, name="Hidden one", is_hidden=True)
    if answer.answers is not None:
        TopicQuestion.objects.create(message=answer.answers, site=site, day=today, topic=topic)
    DocumentUse.objects.create(site=site, day=today, document=document, message=answer)
    TopicRun.objects.create(site=site, state=TopicRun.State.DONE, asked=1, looked_at=1, found=1)
    return topic
