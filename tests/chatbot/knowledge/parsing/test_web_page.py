"""HTML: what a reader sees of the page's own content."""

import pytest

from chatbot.knowledge.parsing import Unreadable, page_links, parse

PAGE = """<!doctype html><html lang="en"><head><title>Returns | Lumen Lamps</title>
<style>p {color: red}</style><script>var secret = 1</script></head>
<body class="has-sidebar"><header><a href="/">Lumen</a></header><nav><ul><li><a href="/a">Nav</a></ul></nav>
<div class="cookie-banner">We use cookies</div>
%s
<aside>Aside</aside><footer>Imprint</footer></body></html>"""


def told(html: str) -> list[tuple[str, str]]:
    parsed = parse(html.encode(), name="a.html")
    return [(section.heading, section.text) for section in parsed.sections]


def test_headings_paragraphs_lists_and_tables() -> None:
    content = """<h1>Returns</h1><p>Within <b>30</b>
 days&nbsp;&amp; free.<br>Really.</p><h2>How</h2><ol><li>Pack it<li>Send <a href="/x">it</a></ol>
<h2>Cost</h2><table><tr><th>To<th>Price<tr><td>Norway<td>5 €</table><pre>a  b
c</pre>"""
    expected = [
        ("Returns", "Within 30 days & free.\nReally."),
        ("Returns › How", "- Pack it\n\n- Send it"),
        ("Returns › Cost", "To | Price\n\nNorway | 5 €\n\na b\nc"),
    ]

    assert told(PAGE % content) == expected
    assert told(PAGE % f"<main>{content}</main>") == expected
    assert parse((PAGE % content).encode(), name="a.html").title == "Returns"


def test_the_title_is_the_pages_where_it_has_no_heading_of_its_own() -> None:
    assert parse((PAGE % "<p>text</p>").encode(), name="a.html").title == "Returns | Lumen Lamps"


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret</p>",
        '<p style="display: none">secret</p>',
        '<p style="color:red;VISIBILITY:hidden">secret</p>',
        '<span style="font-size:0px">secret</span>',
        '<span style="opacity:0">secret</span>',
        '<h2 style="display:none">secret</h2>',
        "<script>secret</script>",
        "<style>secret</style>",
        "<noscript>secret</noscript>",
        "<template>secret</template>",
        "<!-- secret -->",
        "<svg><text>secret</text></svg>",
        "<textarea>secret</textarea>",
        "<select><option>secret</select>",
        "<div hidden><div><p>secret</p></div><ul><li>secret</ul></div>",
        '<img alt="secret">',
        '<iframe srcdoc="secret">secret</iframe>',
    ],
)
def test_what_nobody_sees_is_not_read(hidden: str) -> None:
    assert told(f"<body><p>before</p>{hidden}<p>after</p></body>") == [("", "before\n\nafter")]


def test_answers_that_open_at_a_click_are_read() -> None:
    content = '<details><summary>Cost?</summary><p>None.</p></details><div hidden="until-found">More.</div>'

    assert told(f"<body>{content}</body>") == [("", "Cost?\n\nNone.\n\nMore.")]


def test_a_page_without_marks_loses_its_menus() -> None:
    menu = "<ul>" + "".join(f'<li><a href="/{n}">Menu {n}</a>' for n in range(5)) + "</ul>"
    content = '<div><p>Text with <a href="/a">a link</a>.</p><ul><li>one<li>two<li>three</ul></div>'

    assert told(f"<body>{menu}{content}</body>") == [("", "Text with a link.\n\n- one\n\n- two\n\n- three")]


@pytest.mark.parametrize("charset", ["gb2312", "big5", "shift_jis", "windows-1252", "utf-8"])
def test_the_charset_of_the_page_is_heeded(charset: str) -> None:
    text = {"windows-1252": "Größe “L”", "shift_jis": "返品について", "big5": "退貨政策說明"}.get(
        charset, "退货政策说明"
    )
    page = f'<html><head><meta charset="{charset}"></head><body><p>{text}</p></body></html>'

    parsed = parse(page.encode(charset), name="a.html")
    assert parsed.sections[0].text == text
    bare = page.replace(f'<meta charset="{charset}">', "").encode(charset)
    assert parse(bare, name="a.html", media_type=f"text/html; charset={charset}").sections[0].text == text


def test_deep_nesting_does_no_harm() -> None:
    content = b"<p>before</p>" + b"<div>" * 200_000 + b"deep" + b"</div>" * 200_000

    assert parse(content, name="a.html").sections[0].text.startswith("before")


@pytest.mark.parametrize(
    "content", [b"<html></html>", b"<p> </p>", b"<script>only</script>", b"<!-- a -->", b" "]
)
def test_a_page_without_text_is_empty(content: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        parse(content, name="a.html")
    assert error.value.code == "empty"


def test_links_are_given_as_they_are_written() -> None:
    found = page_links(
        b'<base href="/b/"><link rel="canonical" href="/own"><a href=" x?a=1&amp;b ">x</a><a name="y">y</a>'
        b'<a rel="nofollow" href="/no">n</a><area href="/map"><a href="x?a=1&amp;b">again</a>'
    )

    assert found.links == ["x?a=1&b", "/map"] and found.base == "/b/" and found.canonical == "/own"
    assert page_links(b"").links == []
