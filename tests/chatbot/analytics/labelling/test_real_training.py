"""The training program itself, with a network of a few kilobytes: from an imported file to an active head."""

from pathlib import Path

import pytest

from chatbot.analytics.labelling import comparing
from chatbot.analytics.labelling.activating import activate
from chatbot.analytics.labelling.label_files import import_draft, keep_draft
from chatbot.analytics.labelling.label_reading import Reading
from chatbot.analytics.labelling.runs import ask, carry_out
from chatbot.analytics.models import SentimentHead, TrainingRun
from inference.installation.heads import register_head
from inference.installation.manifest import Manifest
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from tests.inference import tiny_sentiment

pytestmark = pytest.mark.django_db


@pytest.fixture
def tiny_head(folders: Path) -> LanguageModelVersion:
    """A small encoder as it is after installation, and the active head that belongs to it."""
    folder = tiny_sentiment.write_encoder(folders / "models" / "tiny")
    facts = {"name": "tiny", "kind": "encoder", "hub_id": "", "licence": "", "languages": ()}
    facts |= {"parameters": 1, "context_length": 64, "sha256": tiny_sentiment.SHA256, "size": 1}
    Manifest(**facts, dtype="float32", source="test").write(folder)
    model = LanguageModel.objects.create(name="tiny", kind="encoder", parameters=1, context_length=64)
    LanguageModelVersion.objects.register(
        model, path="tiny", sha256=tiny_sentiment.SHA256, size=1, dtype="float32", source="test"
    )
    tiny_sentiment.head().write(folders / "head")
    return register_head(folders / "head", source="Parley", activate=True)


def test_labelled_texts_become_a_better_head_that_scores(tiny_head, folders, administrator, told):
    content = tiny_sentiment.write_labels(folders / "labels.jsonl", 240).read_bytes()
    draft = keep_draft("labels.jsonl", content, by=administrator)
    import_draft(draft, Reading("text", "label"), by=administrator)
    run = ask([draft], uses_corrections=True, seed=1, by=administrator)

    carry_out(TrainingRun.objects.claim(run.public_id))

    run = TrainingRun.objects.get()
    assert (run.state, run.message, run.detail) == ("done", "trained", "")
    assert run.done == run.total > 0 and run.losses[-1][0] == run.total
    found = comparing.overall(run.result["paired"])
    assert found.after.rows == run.data["held_back"]
    assert found.after.macro_f1 > found.before.macro_f1 and found.gap.is_real
    assert found.after.accuracy == pytest.approx(run.result["after"]["accuracy"], abs=1e-4)
    data = SentimentHead.objects.get(pk=run.head_id).facts["data"]
    assert data[-1]["rows"] == 240

    activate(run.head, by=administrator, override="Small as it is.")
    assert LanguageModelVersion.objects.active(ModelKind.SENTIMENT) == run.head
