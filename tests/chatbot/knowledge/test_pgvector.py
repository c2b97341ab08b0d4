"""The same search with the vectors in PostgreSQL, where that has pgvector."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from accounts.models import Site
from chatbot.knowledge import candidate_search, nearest
from chatbot.knowledge.candidate_search import encoders_in_memory
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.models import Document, Passage
from chatbot.knowledge.vectors import Encoded, store_vectors
from tests.chatbot.knowledge.passages import source_of
from tests.processes import ROOT
from tests.scripted_encoder import MAIN

HERE = Path(__file__).parent
INNER = "PARLEY_TESTS_ON_PGVECTOR"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL with pgvector; skips where it cannot run."""
    command = [sys.executable, str(HERE / "pgvector_server.py"), str(tmp_path_factory.mktemp("pgvector"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None and server.stderr is not None
        address = server.stdout.readline().decode().strip()
        if not address:
            pytest.skip(f"PostgreSQL with pgvector does not start: {server.stderr.read().decode()[-300:]}")
        yield address
        server.communicate()


@pytest.mark.skipif(INNER in os.environ, reason="it is what runs these tests")
def test_everything_that_holds_in_memory_holds_with_pgvector(database: str) -> None:
    # The database goes with its server; to drop it would wait for the connections that the pool still makes.
    files = [str(HERE / name) for name in ("test_site_retriever.py", "test_pgvector.py")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--reuse-db", *files],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database, INNER: "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


@pytest.fixture
def two_sites(db: None, site: Site, other_site: Site) -> dict[int, np.ndarray]:
    """400 passages of each of two sites; their vectors by key, of the first site alone."""
    vectors = np.random.default_rng(4).standard_normal((800, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    mine: dict[int, np.ndarray] = {}
    for number, owner in enumerate((site, other_site)):
        document = Document.objects.create(site=owner, source=source_of(owner))
        rows = Passage.objects.bulk_create(
            Passage(site=owner, document=document, position=place, text="x") for place in range(400)
        )
        part = vectors[number::2]
        store_vectors(rows, Encoded({MAIN: part}))
        if owner == site:
            mine = {row.pk: vector for row, vector in zip(rows, part, strict=True)}
    return mine


@pytest.mark.skipif(INNER not in os.environ, reason="runs where there is pgvector")
def test_the_nearest_of_the_site_are_found_exactly(site: Site, two_sites: dict[int, np.ndarray]) -> None:
    assert nearest.is_available() and encoders_in_memory(site.pk, {MAIN: np.empty(64)}) == ()
    for query in list(two_sites.values())[:10]:
        ranked = sorted(two_sites, key=lambda key: -float(two_sites[key].astype("f2") @ query))
        assert nearest.nearest(site.pk, MAIN, query, 20) == ranked[:20]
    assert nearest.nearest(site.pk, "other@1", query, 20) == []


@pytest.mark.skipif(INNER not in os.environ, reason="runs where there is pgvector")
def test_memory_searches_what_is_large_and_fits(
    site: Site, two_sites: dict[int, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = {MAIN: np.empty(64)}
    monkeypatch.setattr(candidate_search, "SMALL_SITE", 399)
    assert encoders_in_memory(site.pk, vectors) == (MAIN,)
    monkeypatch.setattr(loaded_indexes, "max_bytes", 100_000)
    assert encoders_in_memory(site.pk, vectors) == ()


@pytest.mark.skipif(INNER not in os.environ, reason="runs where there is pgvector")
def test_vectors_from_before_the_extension_are_taken_in(site: Site, two_sites: dict[int, np.ndarray]) -> None:
    query = next(iter(two_sites.values()))
    before = nearest.nearest(site.pk, MAIN, query, 20)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE knowledge_passagevector DROP COLUMN embedding")
        cursor.execute("DROP INDEX knowledge_vector_of_site")
    nearest.forget()
    assert not nearest.is_available()
    assert nearest.prepare() and nearest.prepare()
    assert nearest.nearest(site.pk, MAIN, query, 20) == before


def test_a_database_without_pgvector_is_searched_in_memory(site: Site) -> None:
    if nearest.is_available():
        pytest.skip("this database has it")
    assert not nearest.prepare()
    assert encoders_in_memory(site.pk, {MAIN: np.empty(64)}) == (MAIN,)
