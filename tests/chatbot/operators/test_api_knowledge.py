"""Programs list, store and remove what the assistant of their site can look up."""

import pytest
from django.test import Client

from accounts.models import ApiKey, AuditEntry
from chatbot.knowledge.curated import add_answer
from chatbot.knowledge.models import Document, IndexJob, Source

pytestmark = pytest.mark.django_db
URL = "/api/v1/knowledge"


@pytest.fixture
def program(site, owner):
    key = ApiKey(site=site, name="program", scopes=["knowledge:read", "knowledge:write"], made_by=owner)
    token = key.new_token()
    key.save()
    return Client(headers={"Authorization": f"Bearer {token}"})


def send(program, method, path, **body):
    return getattr(program, method)(f"{URL}{path}", body, content_type="application/json")


def test_a_text_is_stored_once_by_its_title(program, site):
    first = send(program, "post", "/documents", title="Delivery", text="Three days.").json()
    second = send(program, "post", "/documents", title="Delivery", text="Five days.").json()

    assert first["id"] == second["id"]
    assert (second["status"], second["text"], second["kind"]) == ("waiting", "Five days.", "text")
    assert IndexJob.objects.filter(site=site, state="waiting").count() == 1
    assert AuditEntry.objects.filter(kind="api.knowledge_changed", site_id=site.pk).count() == 2


def test_answers_are_added_changed_listed_and_removed(program):
    made = send(
        program, "post", "/answers", questions=["Delivery?", "How long?"], answer="Three days."
    ).json()
    assert made["questions"] == ["Delivery?", "How long?"]

    changed = send(program, "put", f"/answers/{made['id']}", questions=["Delivery?"], answer="Five days.")
    assert changed.json()["text"] == "Five days."
    listed = program.get(f"{URL}/documents?kind=answers&status=waiting").json()
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    assert program.delete(f"{URL}/documents/{made['id']}").status_code == 204
    assert program.get(f"{URL}/documents/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"questions": [], "answer": "x"},
        {"questions": [" "], "answer": "x"},
        {"questions": ["q"], "answer": " "},
        {"questions": ["q"], "answer": "x" * 8001},
        {"questions": ["q" * 1001], "answer": "x"},
        {"questions": ["q"], "answer": "x", "url": "javascript:alert(1)"},
    ],
)
def test_a_bad_answer_is_refused(program, body):
    response = send(program, "post", "/answers", **body)

    assert response.status_code == 422
    assert not Document.objects.exists()


def test_the_status_counts(program, site):
    send(program, "post", "/documents", title="Delivery", text="Three days.")

    status = program.get(URL).json()

    assert status == {"documents": {"waiting": 1, "ready": 0, "failed": 0}, "passages": 0, "jobs": 1}
    assert [source["name"] for source in program.get(f"{URL}/sources").json()["items"]] == ["API"]


def test_rows_of_another_site_do_not_exist(program, other_site):
    theirs = add_answer(other_site, ["Secret?"], "Yes.", None)

    assert program.get(f"{URL}/documents").json()["items"] == []
    assert program.get(f"{URL}/documents/{theirs.public_id}").status_code == 404
    body = {"questions": ["x"], "answer": "y"}
    assert send(program, "put", f"/answers/{theirs.public_id}", **body).status_code == 404
    assert program.delete(f"{URL}/documents/{theirs.public_id}").status_code == 404
    assert Source.objects.get().site == other_site
