"""A question finds what its site knows, as it is now, and nothing of another site."""

import pytest
from channels.db import database_sync_to_async as in_thread
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Site
from chatbot.knowledge import encoders
from chatbot.knowledge.candidate_search import search_site
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.models import Document, KnowledgeRevision, Passage, PassageVector, Source
from chatbot.knowledge.retrieval import Retrieval
from chatbot.knowledge.site_retriever import SiteRetriever
from chatbot.knowledge.vectors import note_changes
from tests.chatbot.knowledge.passages import document_of, replace_passages, source_of
from tests.scripted_encoder import MAIN, SECOND, ScriptedEncoder

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("transactional_db")]

RETURNS = "A return is free within 30 days."
LAMPS = "Our lamps are made of oak and brass."


async def ask(site: Site, query: str, limit: int = 5) -> Retrieval:
    retrieval = await SiteRetriever(site.pk).retrieve(query, limit=limit)
    assert retrieval is not None
    return retrieval


async def texts(site: Site, query: str) -> list[str]:
    return [found.text for found in (await ask(site, query)).found]


document = in_thread(document_of)
replaced = in_thread(replace_passages)


async def test_the_passage_that_answers_comes_first_with_all_that_is_shown(
    site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [LAMPS, "We open at ten."], title="Shop")
    guide = await document(site, [RETURNS], title="Returns")
    await in_thread(Document.objects.filter(pk=guide.pk).update)(url="https://lumen.example/returns")
    retrieval = await ask(site, "Is a return free?")

    first = retrieval.found[0]
    assert (first.text, first.title, first.url) == (RETURNS, "Returns", "https://lumen.example/returns")
    assert first.document_id == guide.public_id and len(retrieval.found) == 3
    assert 0 < first.vector <= 1 and first.lexical is not None and 0 < first.score <= 1
    assert 0 < retrieval.confidence <= 1 and not retrieval.is_partial
    assert retrieval.encode_ms > 0 and retrieval.search_ms > 0
    assert [len((await ask(site, "return", limit)).found) for limit in (1, 2)] == [1, 2]


async def test_a_site_without_passages_has_no_retrieval(
    site: Site, other_site: Site, encoder: ScriptedEncoder
) -> None:
    await document(other_site, [RETURNS])
    assert await SiteRetriever(site.pk).retrieve("return") is None
    assert encoder.requests[-1]["input_type"] == "passage"


async def test_another_sites_passages_are_never_found(
    site: Site, other_site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [LAMPS])
    await document(other_site, [RETURNS])
    assert await texts(site, "Is a return free within 30 days?") == [LAMPS]
    assert await texts(other_site, "lamps of oak and brass") == [RETURNS]


async def test_not_even_an_index_that_is_wrong_brings_another_sites_passages(
    site: Site, other_site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [LAMPS])
    await document(other_site, [RETURNS])
    await ask(site, "lamps")
    await ask(other_site, "return")
    indexes = loaded_indexes._indexes
    indexes[site.pk]._memory = indexes[other_site.pk]._memory

    assert await texts(site, "Is a return free within 30 days?") == []


async def test_what_changes_is_found_by_the_next_question(site: Site, encoder: ScriptedEncoder) -> None:
    guide = await document(site, [RETURNS])
    assert await texts(site, "returns and lamps") == [RETURNS]
    await document(site, [LAMPS])
    assert set(await texts(site, "returns and lamps")) == {RETURNS, LAMPS}
    await replaced(guide, ["A return costs five euros."])
    assert set(await texts(site, "returns and lamps")) == {"A return costs five euros.", LAMPS}


async def test_one_new_document_leaves_the_rest_of_the_index_as_it_is(
    site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [f"Passage number {number} about oak" for number in range(60)])
    await ask(site, "oak")
    index = loaded_indexes._indexes[site.pk]
    before = index._memory._segments[0]
    await document(site, [LAMPS])
    await ask(site, "oak")

    assert loaded_indexes._indexes[site.pk] is index and index._memory._segments[0] is before
    assert index._memory.sizes == [60, 1]


async def test_what_is_removed_is_not_found_even_where_nobody_said_so(
    site: Site, encoder: ScriptedEncoder
) -> None:
    guide = await document(site, [RETURNS])
    await document(site, [LAMPS])
    await ask(site, "returns and lamps")
    await in_thread(Document.objects.filter(pk=guide.pk).delete)()
    assert await texts(site, "returns and lamps") == [LAMPS]
    await in_thread(Document.objects.all().delete)()
    assert await SiteRetriever(site.pk).retrieve("returns and lamps") is None


async def test_a_source_that_is_switched_off_is_not_searched(site: Site, encoder: ScriptedEncoder) -> None:
    news = await in_thread(source_of)(site, "News")
    of_news = await document(site, [RETURNS], source=news)
    await document(site, [LAMPS])
    assert len(await texts(site, "returns and lamps")) == 2
    for is_enabled, count in ((False, 1), (True, 2)):
        await in_thread(Source.objects.filter(pk=news.pk).update)(is_enabled=is_enabled)
        await in_thread(note_changes)(site.pk, [of_news.pk])
        assert len(await texts(site, "returns and lamps")) == count


async def test_more_changes_than_were_kept_are_all_found(site: Site, encoder: ScriptedEncoder) -> None:
    await document(site, [LAMPS])
    await ask(site, "lamps")
    await document(site, [RETURNS])
    await in_thread(KnowledgeRevision.objects.filter(site=site).update)(number=9_000)
    await in_thread(note_changes)(site.pk, [1])
    await ask(site, "return")
    await in_thread(loaded_indexes._thread.submit(lambda: None).result)()
    assert set(await texts(site, "returns and lamps")) == {RETURNS, LAMPS}


async def test_passages_that_nobody_announced_are_found_at_the_first_question(
    site: Site, encoder: ScriptedEncoder
) -> None:
    guide = await in_thread(Document.objects.create)(site=site, source=await in_thread(source_of)(site))
    await in_thread(Passage.objects.create)(site=site, document=guide, position=0, text=RETURNS)
    assert await texts(site, "return") == [RETURNS]


async def test_words_alone_are_compared_while_the_encoder_is_away(
    site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [RETURNS])
    await document(site, [LAMPS])
    encoder.refused = {MAIN}
    retrieval = await ask(site, "Is a return free?")
    assert retrieval.is_partial and [found.text for found in retrieval.found] == [RETURNS]
    assert retrieval.found[0].lexical is not None


async def test_vectors_are_compared_again_once_the_encoder_is_back(
    site: Site, encoder: ScriptedEncoder, settings: LazySettings
) -> None:
    await document(site, [RETURNS])
    url, settings.INFERENCE_URLS = settings.INFERENCE_URLS, ["http://127.0.0.1:9/v1"]
    encoders._of_loop.clear()
    assert (await ask(site, "return")).is_partial
    settings.INFERENCE_URLS = url
    encoders._of_loop.clear()
    retrieval = await ask(site, "return")
    assert not retrieval.is_partial and retrieval.found[0].vector > 0


async def test_a_passage_from_another_encoder_is_found_by_its_words(
    site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [RETURNS])
    await document(site, [LAMPS])
    await in_thread(PassageVector.objects.filter(encoder=SECOND).delete)()
    await in_thread(PassageVector.objects.filter(encoder=MAIN, passage__text=RETURNS).update)(
        encoder="earlier@1"
    )
    assert set(await texts(site, "free return of lamps")) == {RETURNS, LAMPS}


async def test_the_same_question_is_encoded_once(site: Site, encoder: ScriptedEncoder) -> None:
    await document(site, [RETURNS])
    for _ in range(3):
        await ask(site, "What about a lamp that broke?")
    asked = [r for r in encoder.requests if r["input"] == ["What about a lamp that broke?"]]
    assert sorted(request["model"] for request in asked) == sorted([MAIN, SECOND])


async def test_the_reranker_has_the_last_word_where_there_is_one(
    site: Site, encoder: ScriptedEncoder
) -> None:
    await document(site, [RETURNS])
    await document(site, ["A decisive return"])
    await document(site, [LAMPS])
    first = (await ask(site, "Is a return free within 30 days?")).found[0]
    assert first.text == RETURNS
    encoder.reranker = "judge@1"
    encoders._of_loop.clear()
    retrieval = await ask(site, "Is a return free within 30 days?")
    assert retrieval.found[0].text == "A decisive return" and retrieval.found[0].score == 1
    encoder.refused = {"judge@1"}
    assert (await ask(site, "Is a return free within 30 days?")).found[0].text == RETURNS


async def test_each_search_names_its_site_in_every_query(site: Site, encoder: ScriptedEncoder) -> None:
    await document(site, [RETURNS])
    await ask(site, "return")
    index = loaded_indexes._indexes[site.pk]

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            search_site(index, "return", {})
        # Whether PostgreSQL has pgvector is asked of its own tables.
        return [q["sql"] for q in queries if "FROM" in q["sql"] and "pg_attribute" not in q["sql"]]

    found = await in_thread(statements)()
    assert found and all('"site_id" = ' in sql for sql in found)
