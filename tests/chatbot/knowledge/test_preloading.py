"""A large site's index is in memory before its first question."""

import pytest

from chatbot.knowledge import preloading
from chatbot.knowledge.index.loaded import loaded_indexes
from tests.chatbot.knowledge.passages import document_of


@pytest.mark.django_db(transaction=True)
def test_large_sites_are_read_and_small_ones_are_not(site, other_site, encoder, monkeypatch):
    monkeypatch.setattr(preloading, "_LARGE", 2)
    document_of(site, ["Delivery takes two days.", "Lamps can be returned."])
    document_of(other_site, ["Opening hours are from nine to five."])

    assert preloading.preload() == [site.pk]

    assert loaded_indexes.size_of(site.pk) == 2
    assert loaded_indexes.size_of(other_site.pk) is None
