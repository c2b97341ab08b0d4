import pytest
from django.db import IntegrityError, transaction

from inference.models import LanguageModel, LanguageModelVersion, ModelKind, VersionFacts

pytestmark = pytest.mark.django_db

FACTS = VersionFacts(path="some/folder", sha256="0" * 64, size=10, dtype="float16", source="folder some")


def model(name: str, kind: ModelKind = ModelKind.LANGUAGE) -> LanguageModel:
    return LanguageModel.objects.create(name=name, kind=kind, parameters=1, context_length=8)


def test_versions_are_numbered_per_model():
    first, other = model("first"), model("other")
    names = [LanguageModelVersion.objects.register(m, **FACTS).display_name for m in (first, first, other)]
    assert names == ["first@1", "first@2", "other@1"]


def test_activating_a_version_retires_the_one_before_and_leaves_the_other_kind():
    writer, encoder = model("writer"), model("encoder", ModelKind.ENCODER)
    old, new = (LanguageModelVersion.objects.register(writer, **FACTS) for _ in range(2))
    encoding = LanguageModelVersion.objects.register(encoder, **FACTS)
    for version in (encoding, old, new):
        version.activate()

    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) == new
    assert LanguageModelVersion.objects.active(ModelKind.ENCODER) == encoding
    old.refresh_from_db()
    assert not old.is_active


def test_the_database_refuses_a_second_active_version_of_a_kind():
    writer = model("writer")
    first, second = (LanguageModelVersion.objects.register(writer, **FACTS) for _ in range(2))
    first.activate()
    second.state = LanguageModelVersion.State.ACTIVE
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_nothing_is_active_at_first():
    LanguageModelVersion.objects.register(model("writer"), **FACTS)
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) is None


def test_a_version_is_found_by_name_and_number_or_the_newest_by_name():
    writer = model("writer")
    first, second = (LanguageModelVersion.objects.register(writer, **FACTS) for _ in range(2))
    assert LanguageModelVersion.objects.named("writer@1") == first
    assert LanguageModelVersion.objects.named("writer") == second
    assert LanguageModelVersion.objects.named("writer@3") is None
    assert LanguageModelVersion.objects.named("stranger") is None
