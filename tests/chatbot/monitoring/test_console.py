"""The terminal shows whose line each is, or nothing but objects where programs read it."""

import io
import json

from chatbot.monitoring.console import Console


def test_people_see_whose_line_it_is() -> None:
    stream = io.StringIO()
    Console(6, stream).line("web", "is ready")

    assert stream.getvalue() == "web    | is ready\n"


def test_programs_get_an_object_on_each_line() -> None:
    stream = io.StringIO()
    console = Console(6, stream, as_json=True)
    console.line("web", '{"message": "is ready", "process": "web"}')
    console.line("worker", "ended with code 1")
    console.plain("")
    console.plain("  Admin   http://127.0.0.1:8000/admin/")

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["process"], line["message"]) for line in lines] == [
        ("web", "is ready"),
        ("worker", "ended with code 1"),
        ("parley", "Admin   http://127.0.0.1:8000/admin/"),
    ]
