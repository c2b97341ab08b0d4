"""How a site's topics are found. Read this file first.

Every night, and when somebody asks for it, a worker

1. chooses the questions of the last eight weeks, or a fixed sample of many (`questions.sample`);
2. gets the vectors that are missing from the model server (`vectors.complete`);
3. puts different texts of one meaning into one group (`clustering.cluster`); a group in which few visitors
   asked is none;
4. finds last night's topics in tonight's groups (`matching.match`), so that rows and names stay, and names
   the others (`naming.names_for`);
5. stores which question is of which topic (`_store`). All figures are counts of these rows.

While the model server is away the topics stay as they were.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import numpy as np
from celery import current_app
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Site, User
from chatbot.analytics.models import Topic, TopicQuestion, TopicRun
from chatbot.analytics.topics import clustering, naming, questions, vectors
from chatbot.analytics.topics.matching import match
from chatbot.analytics.topics.questions import Asked
from chatbot.conversations.models import Conversation
from inference.encoding import EncoderUnavailable

logger = logging.getLogger(__name__)

TASK = "chatbot.analytics.tasks.find_topics"
State = TopicRun.State

# What fewer people asked for is no topic.
FEWEST_CONVERSATIONS = 3
# A worker that has not been heard of for so long is dead.
_DEAD_AFTER = timedelta(minutes=15)
_AT_ONCE = 2_000
# The most central questions of a group that its name is made of.
_FOR_NAME = 12


def ask_for_run(site: Site, by: User | None = None) -> TopicRun:
    """Ask the worker for the site's topics; return the run, or the one that is under way."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        for run in TopicRun.objects.running().filter(site=site):
            if (run.touched_at or run.created_at) > timezone.now() - _DEAD_AFTER:
                return run
            run.finish(State.FAILED, _("The worker was lost on the way."))
        run = TopicRun.objects.create(site=site, asked_by=by, message=_("Waits for the worker."))
        language = translation.get_language() or "en"
        transaction.on_commit(partial(_queue, run.pk, language), robust=True)
    return run


def ask_for_all() -> None:
    """Ask for the topics of every site on which something was said lately."""
    since = timezone.now() - timedelta(days=questions.DAYS)
    spoken = Conversation.objects.filter(updated_at__gte=since, message_total__gt=0)
    for site in Site.objects.filter(pk__in=spoken.values("site")):
        ask_for_run(site)


def carry_out(run_id: int) -> None:
    """Find the topics of the run's site; a run that was begun or has ended is left alone."""
    if not TopicRun.objects.filter(pk=run_id, state=State.WAITING).update(state=State.RUNNING):
        return
    run = TopicRun.objects.select_related("site").get(pk=run_id)
    try:
        _find(run)
    except EncoderUnavailable as error:
        logger.warning("the topics of site %s stay as they are: %s", run.site_id, error)
        run.finish(State.FAILED, _("The encoder is away. The topics stay as they are; try again later."))
    except Exception:
        logger.exception("the search for topics %s failed", run)
        run.finish(State.FAILED, _("This did not work. The worker's log says why."))


def _queue(run_id: int, language: str) -> None:
    current_app.send_task(TASK, args=[run_id, language], retry=False)


def _find(run: TopicRun) -> None:
    site = run.site
    run.begin()
    chosen = questions.sample(site)
    asked = list(questions.read(site, chosen.keys))
    encoder = vectors.encoder_in_use() if asked else ""
    kept: dict[int, bytes] = {}
    topic_of: dict[int, int] = {}
    rows = TopicQuestion.objects.filter(site=site, vector__isnull=False)
    columns = ("message", "topic", "encoder", "vector")
    for key, topic, own_encoder, vector in rows.values_list(*columns).iterator(_AT_ONCE):
        if own_encoder == encoder:
            kept[key] = bytes(vector)
        if topic is not None:
            topic_of[key] = topic
    missing = sum(one.key not in kept for one in asked)

    def tell(done: int) -> None:
        words = _("Reading question %(number)d of %(all)d") % {"number": done, "all": missing}
        run.step(done, words, total=missing)

    tell(0)
    of_text = vectors.complete(site, asked, encoder, kept, tell)
    groups = _groups(asked, of_text)
    run.step(missing, _("Naming the topics"))
    known = match({number: [one.key for one in group] for number, group in enumerate(groups)}, topic_of)
    new = [number for number in range(len(groups)) if number not in known]
    names = naming.names_for([_phrasings(groups[number])[:_FOR_NAME] for number in new])
    _store(run, groups, known, dict(zip(new, names, strict=True)), topic_of, chosen, asked)


def _groups(asked: Sequence[Asked], of_text: Mapping[str, np.ndarray]) -> list[list[Asked]]:
    """Return the questions of each topic, the most central first, and the largest topic first."""
    same: dict[str, list[Asked]] = {}
    for one in asked:
        same.setdefault(one.plain, []).append(one)
    if not same:
        return []
    texts = list(same)
    found = clustering.cluster(
        [same[text][0].text for text in texts],
        vectors.stacked([of_text[text] for text in texts]),
        [len(same[text]) for text in texts],
    )
    members: dict[int, list[Asked]] = {}
    for place in np.argsort(-found.nearness, kind="stable"):
        if found.groups[place] >= 0:
            members.setdefault(int(found.groups[place]), []).extend(same[texts[place]])
    enough = [
        group
        for group in members.values()
        if len({one.conversation for one in group}) >= FEWEST_CONVERSATIONS
    ]
    return sorted(enough, key=len, reverse=True)


def _phrasings(group: Sequence[Asked]) -> list[str]:
    return list({one.plain: one.text for one in group}.values())


@transaction.atomic
def _store(
    run: TopicRun,
    groups: Sequence[Sequence[Asked]],
    known: Mapping[int, int],
    names: Mapping[int, naming.Name],
    topic_of: Mapping[int, int],
    chosen: questions.Sample,
    asked: Sequence[Asked],
) -> None:
    """Store which question is of which topic, and forget what no topic and no night needs any more."""
    site = run.site
    # Who merges or renames meanwhile waits; who deleted a site has deleted the run as well.
    Site.objects.select_for_update().get(pk=site.pk)
    still_there = set(Topic.objects.filter(site=site).values_list("pk", flat=True))
    wanted: dict[int, int | None] = {one.key: None for one in asked}
    for number, group in enumerate(groups):
        topic = known.get(number)
        if topic is None or topic not in still_there:
            name = names.get(number) or naming.from_question(_phrasings(group))
            topic = Topic.objects.create(site=site, name=name.text, named_by=name.named_by).pk
        wanted |= dict.fromkeys((one.key for one in group), topic)
    changed: dict[int | None, list[int]] = {}
    for key, topic in wanted.items():
        if topic_of.get(key) != topic:
            changed.setdefault(topic, []).append(key)
    own = TopicQuestion.objects.filter(site=site)
    for topic, keys in changed.items():
        for start in range(0, len(keys), _AT_ONCE):
            own.filter(message__in=keys[start : start + _AT_ONCE]).update(topic=topic)
    own.filter(day__lt=chosen.first_day, vector__isnull=False).update(vector=None, encoder="")
    left_out = set(own.filter(vector__isnull=False).values_list("message", flat=True)) - set(wanted)
    for start in range(0, len(left_out), _AT_ONCE):
        own.filter(message__in=list(left_out)[start : start + _AT_ONCE]).delete()
    empty = Topic.objects.filter(site=site, questions__isnull=True)
    empty.filter(parts__isnull=True).delete()
    run.asked, run.looked_at, run.found = chosen.asked, len(asked), len(groups)
    run.save(update_fields=["asked", "looked_at", "found"])
    run.finish(State.DONE, _("%(n)d topics in %(all)d questions.") % {"n": run.found, "all": run.looked_at})
