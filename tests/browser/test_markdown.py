"""Markdown of a model that nobody vouches for: what is drawn, and what never is."""

import pytest
from playwright.sync_api import Page

from tests.browser.modules import open_modules

DRAW = """
async (texts) => {
  const { draw } = await import("/widget/markdown_dom.js");
  const { codeBlock } = await import("/widget/code_block.js");
  const box = document.createElement("div");
  for (const text of [].concat(texts)) draw(box, text, codeBlock);
  return box.innerHTML;
}
"""
REL = 'target="_blank" rel="noopener noreferrer nofollow ugc"'


@pytest.fixture
def modules(page: Page) -> Page:
    open_modules(page)
    return page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\nline", "<p>One<br>line</p>"),
        ("One\n\ntwo", "<p>One</p><p>two</p>"),
        (
            "**bold** and *soft* and ~~gone~~",
            "<p><strong>bold</strong> and <em>soft</em> and <s>gone</s></p>",
        ),
        ("snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"),
        ("## Title", '<h3 class="md-heading">Title</h3>'),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("- a\n  - inner", "<ul><li>a<ul><li>inner</li></ul></li></ul>"),
        ("1. a\n\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> quote\n> more", "<blockquote><p>quote<br>more</p></blockquote>"),
        ("`code <b>`", "<p><code>code &lt;b&gt;</code></p>"),
        ("\\*plain\\*", "<p>*plain*</p>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("**开始**：你好", "<p><strong>开始</strong>：你好</p>"),
    ],
)
def test_it_knows(modules: Page, text: str, html: str) -> None:
    assert modules.evaluate(DRAW, text) == html


def test_a_table_has_a_head_and_can_be_scrolled(modules: Page) -> None:
    html = modules.evaluate(DRAW, "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 |")
    assert '<div class="md-table" tabindex="0"><table><thead><tr><th scope="col">a</th>' in html
    assert "<td>3</td><td></td>" in html


def test_fenced_code_is_shown_as_it_is_and_can_be_copied(modules: Page) -> None:
    html = modules.evaluate(DRAW, "```python\n**x** = <1>\n```")
    assert "<code>**x** = &lt;1&gt;</code>" in html
    assert 'aria-label="Copy code"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![alt](https://evil.example/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html,<script>alert(1)</script>)",
        "[click](http://plain.example)",
        "[click](//evil.example)",
        "[bank](https://bank.example@evil.example/)",
        "<https://user:secret@evil.example>",
        "[x](vbscript:msgbox(1))",
        "<javascript:alert(1)>",
    ],
)
def test_it_never_becomes_a_link_an_image_or_html(modules: Page, text: str) -> None:
    names = modules.evaluate(
        f"async (text) => {{ const box = document.createElement('div'); box.innerHTML = await ({DRAW})(text);"
        " return [...box.querySelectorAll('*')].map((node) => node.localName); }",
        text,
    )
    assert set(names) <= {"p", "br"}


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (
            "[our guide](https://help.example/a)",
            f'<a href="https://help.example/a" {REL}>our guide'
            '<span class="md-host"> (help.example)</span></a>',
        ),
        (
            "[https://bank.example](https://evil.example)",
            f'<a href="https://evil.example/" {REL}>https://bank.example'
            '<span class="md-host"> (evil.example)</span></a>',
        ),
        ("https://help.example/a.", f'<a href="https://help.example/a" {REL}>https://help.example/a</a>.'),
        (
            "[help.example](https://help.example/)",
            f'<a href="https://help.example/" {REL}>help.example</a>',
        ),
        (
            "[write](mailto:hello@help.example)",
            f'<a href="mailto:hello@help.example" {REL}>write'
            '<span class="md-host"> (hello@help.example)</span></a>',
        ),
    ],
)
def test_a_link_shows_where_it_leads(modules: Page, text: str, link: str) -> None:
    assert modules.evaluate(DRAW, text) == f"<p>{link}</p>"


def test_a_growing_text_ends_as_the_whole_text_does(modules: Page) -> None:
    whole = "# A\n\n1. one\n2. **two**\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend https://a.example"
    pieces = [whole[:length] for length in range(1, len(whole) + 1)]
    assert modules.evaluate(DRAW, pieces) == modules.evaluate(DRAW, whole)


def test_finished_blocks_are_left_alone_while_the_text_grows(modules: Page) -> None:
    same = modules.evaluate(
        """async () => {
          const { draw } = await import("/widget/markdown_dom.js");
          const box = document.createElement("div");
          draw(box, "first\\n\\nsec");
          const first = box.firstChild;
          draw(box, "first\\n\\nsecond");
          return [first === box.firstChild, box.lastChild.textContent];
        }"""
    )
    assert same == [True, "second"]


@pytest.mark.parametrize("text", ["*" * 5000, "[" * 5000, "> " * 3000, "- " * 3000, "`" * 5001, "|" * 5000])
def test_hostile_text_is_drawn_in_time(modules: Page, text: str) -> None:
    milliseconds = modules.evaluate(
        f"async (text) => {{ await ({DRAW})('warm'); const start = performance.now(); await ({DRAW})(text);"
        " return performance.now() - start; }",
        text,
    )
    assert milliseconds < 2000
