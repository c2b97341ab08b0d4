"""What people do to topics: name, merge, hide. A night changes none of it."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Site, User
from chatbot.analytics.models import Topic

LONGEST_NAME = 80


class NotKept(ValueError):
    """This cannot be done; the message says why, in the reader's language."""


@transaction.atomic
def rename(topic: Topic, name: str, *, by: User, network: str = "") -> None:
    """Give the topic a name that stays. Raises NotKept."""
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise NotKept(_("Write a name first."))
    if len(name) > LONGEST_NAME:
        raise NotKept(_("A name has at most %(n)s characters.") % {"n": LONGEST_NAME})
    if name != topic.name:
        topic.name, topic.named_by = name, Topic.NamedBy.PERSON
        topic.save(update_fields=["name", "named_by"])
        record("topic.renamed", by=by, site=topic.site, topic=topic.pk, network=network)


@transaction.atomic
def merge(topic: Topic, into: Topic, *, by: User, network: str = "") -> None:
    """Count the questions of `topic`, and of its parts, to `into` from now on. Raises NotKept."""
    # In one order for all, so that two that are merged into each other at once make no ring.
    Site.objects.select_for_update().get(pk=topic.site_id)
    topic.refresh_from_db()
    into.refresh_from_db()
    if topic == into or topic.site_id != into.site_id:
        raise NotKept(_("Choose another topic of the same site."))
    if topic.merged_into_id is not None or into.merged_into_id is not None:
        raise NotKept(_("This topic is a part of another one already."))
    Topic.objects.filter(merged_into=topic).update(merged_into=into)
    topic.merged_into = into
    topic.save(update_fields=["merged_into"])
    record("topic.merged", by=by, site=topic.site, topic=topic.pk, network=network)


@transaction.atomic
def part(topic: Topic, *, by: User, network: str = "") -> None:
    """Let every part of the topic be a topic of its own again."""
    if Topic.objects.filter(merged_into=topic).update(merged_into=None):
        record("topic.parted", by=by, site=topic.site, topic=topic.pk, network=network)


@transaction.atomic
def hide(topic: Topic, is_hidden: bool, *, by: User, network: str = "") -> None:
    """List the topic no more, or again; its questions still count for the shares of the others."""
    if topic.is_hidden != is_hidden:
        topic.is_hidden = is_hidden
        topic.save(update_fields=["is_hidden"])
        kind = "topic.hidden" if is_hidden else "topic.shown"
        record(kind, by=by, site=topic.site, topic=topic.pk, network=network)
