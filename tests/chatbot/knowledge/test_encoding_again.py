"""After a change of the encoder, passages get its vectors without anybody reading their sources again."""

from chatbot.knowledge.encoding_again import encode_what_lacks_vectors
from chatbot.knowledge.models import PassageVector
from tests.chatbot.knowledge.passages import document_of
from tests.scripted_encoder import MAIN, SECOND

TEXTS = ["Delivery takes two days.", "Lamps can be returned."]


def encoders_of(document) -> set[str]:
    vectors = PassageVector.objects.filter(passage__document=document)
    return set(vectors.values_list("encoder", flat=True))


def test_passages_get_vectors_of_an_encoder_that_came_later(site, encoder):
    encoder.encoders = [MAIN]
    document = document_of(site, TEXTS)
    encoder.encoders = [SECOND]

    assert encode_what_lacks_vectors(10) == 2

    assert encoders_of(document) == {SECOND}
    assert encode_what_lacks_vectors(10) == 0


def test_while_the_encoder_is_away_nothing_changes(site, encoder, monkeypatch):
    encoder.encoders = [MAIN]
    document = document_of(site, TEXTS)
    monkeypatch.setattr("chatbot.knowledge.encoders._PATIENCE_SECONDS", 0.0)
    encoder.encoders, encoder.refused = [SECOND], {SECOND}

    assert encode_what_lacks_vectors(10) == 0

    assert encoders_of(document) == {MAIN}
