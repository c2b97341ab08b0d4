import pytest
from django.test import Client

from chatbot.prompts.diff import rows, unified
from chatbot.prompts.models import PromptVersion

OLD = "You help.\nBe very brief.\nStay.\nGone."
NEW = "You help.\nBe quite brief.\nStay.\n<b>New</b> line."


def sides(pieces) -> list[tuple[str, bool]]:
    return [(piece.text, piece.marked) for piece in pieces]


def test_lines_stand_beside_each_other_and_words_are_marked():
    same, changed, stays, last = rows(OLD, NEW)

    assert (same.kind, same.old_number, same.new_number) == ("same", 1, 1)
    assert changed.kind == "changed"
    assert sides(changed.old) == [("Be ", False), ("very ", True), ("brief.", False)]
    assert sides(changed.new) == [("Be ", False), ("quite ", True), ("brief.", False)]
    assert (stays.kind, last.kind) == ("same", "changed")


def test_lines_that_one_side_lacks():
    (one, two) = rows("a", "a\nb")
    (three, four) = rows("a\nb", "b")

    assert (two.kind, two.old_number, two.new_number) == ("added", None, 2)
    assert (three.kind, three.old_number, three.new_number) == ("removed", 1, None)
    assert (one.kind, four.kind) == ("same", "same")


def test_chinese_is_compared_by_the_character():
    (row,) = rows("请简短回答。", "请详细回答。")

    assert sides(row.old) == [("请", False), ("简短", True), ("回答。", False)]


def test_one_below_the_other_each_block_removes_first():
    told = [
        (kind, "".join(piece.text for piece in pieces)) for kind, _number, pieces in unified(rows(OLD, NEW))
    ]

    assert told == [
        ("same", "You help."),
        ("removed", "Be very brief."),
        ("added", "Be quite brief."),
        ("same", "Stay."),
        ("removed", "Gone."),
        ("added", "<b>New</b> line."),
    ]


def test_a_long_text_of_equal_lines_takes_no_time():
    assert len(rows("a\n" * 10_000, "a\n" * 9_999 + "b\n")) == 10_000


@pytest.mark.django_db
def test_the_page_tells_of_differences_without_colour_too(client: Client, editor, site):
    PromptVersion.objects.write(site, OLD)
    PromptVersion.objects.write(site, "Between.")
    newest = PromptVersion.objects.write(site, NEW)
    client.force_login(editor)
    path = f"/admin/prompts/promptversion/{newest.pk}/compare/"

    assert "From version 2 to version 3" in client.get(path).content.decode()
    for view in ("split", "unified"):
        page = client.get(path, {"with": 1, "view": view}).content.decode()
        assert "From version 1 to version 3" in page
        assert "<del>very </del>" in page and "<ins>quite </ins>" in page
        assert "removed" in page and "added" in page
        assert "<b>New</b>" not in page
    assert client.get(path, {"with": 9}).status_code == 404
