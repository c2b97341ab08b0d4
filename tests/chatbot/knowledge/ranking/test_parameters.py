from pathlib import Path

import pytest

from chatbot.knowledge.ranking.parameters import BadParameters, read_parameters, tuned, write_parameters

EVIDENCE = ("english", "same_script", "other_script", "words")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_parameters(tuned(), tmp_path / "parameters.json")
    assert read_parameters(tmp_path / "parameters.json") == tuned()


def test_there_is_a_judge_for_every_kind_of_evidence() -> None:
    kinds = {f"{evidence} {shape}" for evidence in EVIDENCE for shape in ("phrase", "prose")}
    assert set(tuned().confidence) == kinds


def test_the_file_says_what_was_measured_and_on_what() -> None:
    assert "clinc150" in tuned().provenance
    assert {"recall", "confidence"} <= set(tuned().figures)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"english": 1}'])
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(BadParameters, match=r"broken\.json"):
        read_parameters(path)
