"""Superusers ask for evaluations, watch them, lay them side by side and take them home; nobody else does."""

import random
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chatbot.workshop.evaluating import fonts
from chatbot.workshop.models import Evaluation
from inference.models import LanguageModelVersion
from tests.chatbot.workshop.evaluating.conftest import finished

pytestmark = pytest.mark.django_db
ADD = "/admin/workshop/evaluation/add/"
REPORT = "/admin/workshop/evaluation/report/"


@pytest.fixture
def browser(administrator):
    browser = Client()
    browser.force_login(administrator)
    return browser


@pytest.fixture
def two(version, other_version):
    chance = random.Random(3)
    before = [chance.random() for _number in range(40)]
    LanguageModelVersion.objects.filter(pk=other_version.pk).update(source="x")
    return (
        finished(version, {"rouge_l": before}),
        finished(other_version, {"rouge_l": [value + 0.2 for value in before]}),
    )


def chosen(two, first=None):
    query = "&".join(f"e={one.pk}" for one in two)
    return f"{query}&first={first.pk}" if first else query


def test_a_version_is_evaluated_from_its_page_on(browser, version, data, told):
    page = browser.get(f"{ADD}?version={version.pk}")
    assert f'<option value="{version.pk}" selected>' in page.content.decode()

    answer = browser.post(
        ADD,
        {"version": version.pk, "measures": ["perplexity"], "data": data.pk, "most_examples": 5},
        follow=True,
    )

    evaluation = Evaluation.objects.get()
    assert (evaluation.measures, evaluation.most_examples) == (["perplexity"], 5)
    assert "Waits for the worker." in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"measures": ["labels"]}, "this cannot be measured"),
        ({"data": ""}, "Choose a data set"),
        ({"most_examples": 0}, "Between 1 and"),
        ({"measures": []}, "This field is required"),
    ],
)
def test_what_will_not_do_is_said_in_the_form_and_nothing_is_lost(change, said, browser, version, data):
    wish = {"version": version.pk, "measures": ["perplexity"], "data": data.pk, "most_examples": 5}

    page = browser.post(ADD, {**wish, **change}).content.decode()

    assert said in page
    assert f'<option value="{version.pk}" selected>' in page
    assert not Evaluation.objects.exists()


def test_a_file_of_something_else_is_refused_in_the_form(browser, version):
    file = SimpleUploadedFile("mine.jsonl", b'{"prompt": "Why?"}')

    page = browser.post(
        ADD, {"version": version.pk, "measures": ["refusals"], "most_examples": 5, "prompts": file}
    ).content.decode()

    assert "Line 1 of the file of prompts" in page and not Evaluation.objects.exists()


def test_an_evaluation_shows_how_far_it_is_and_can_be_cancelled(browser, evaluation):
    Evaluation.objects.filter(pk=evaluation.pk).update(
        state="running", done=3, total=12, seconds_left=90, message="training"
    )
    progress = browser.get(
        reverse("admin:workshop_evaluation_progress", args=[evaluation.pk])
    ).content.decode()
    assert "Example 3 of 12." in progress and "About 2 minutes left." in progress and 'value="25"' in progress

    browser.post(reverse("admin:workshop_evaluation_cancel", args=[evaluation.pk]))

    assert Evaluation.objects.get().cancel_requested


def test_a_finished_one_shows_figures_intervals_and_answers(browser, two):
    page = browser.get(reverse("admin:workshop_evaluation_change", args=[two[0].pk])).content.decode()

    assert "ROUGE-L" in page and " to " in page and "<td>40</td>" in page
    assert "What it said" in page and "a lathe, cores: 2, threads: 1, int8" in page


def test_what_a_model_said_is_never_html(browser, version):
    evaluation = finished(version, {"rouge_l": [0.5] * 12})
    text = evaluation.per_example.read_text().replace('"?"', '"<script>alert(1)</script>"')
    evaluation.per_example.write_text(text)

    page = browser.get(reverse("admin:workshop_evaluation_change", args=[evaluation.pk])).content.decode()

    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def test_two_versions_stand_side_by_side_with_words_charts_and_a_table(browser, two):
    page = browser.get(f"{REPORT}?{chosen(two)}").content.decode()

    assert "tiny@2 is better than tiny@1 in: ROUGE-L (+0.200)." in page
    assert page.count('class="chart-dot chart-a"') == 2
    assert ">better</span>" in page


def test_the_version_to_compare_with_is_chosen(browser, two):
    page = browser.get(f"{REPORT}?{chosen(two, first=two[1])}").content.decode()

    assert "tiny@1 is worse than tiny@2 in: ROUGE-L (-0.200)." in page


def test_one_alone_waits_for_another_one(browser, two):
    page = browser.get(f"{REPORT}?e={two[0].pk}").content.decode()

    assert " checked" in page and 'role="alert"' not in page


@pytest.mark.parametrize("query", ["e=1&e=x&first=9", f"e={'9' * 30}&e=-1&first=a", "e=77777&e=88888&first="])
def test_an_address_that_means_nothing_is_answered_in_words(query, browser, two):
    answer = browser.get(f"{REPORT}?{query}")

    assert answer.status_code == 200 and "Choose two evaluations" in answer.content.decode()


def test_markdown_escapes_what_people_wrote(browser, two):
    model = two[1].version.language_model
    model.name = "a|b*<i>"
    model.save()

    answer = browser.get(f"/admin/workshop/evaluation/report.md?{chosen(two)}")

    text = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "a\\|b\\*\\<i\\>@2 is better than a\\|b" in text
    assert "| ROUGE-L | a\\|b\\*\\<i\\>@1 |" in text


def read(pdf):
    import pypdfium2

    document = pypdfium2.PdfDocument(BytesIO(pdf))
    return len(document), "".join(page.get_textpage().get_text_range() for page in document)


def test_the_pdf_holds_words_charts_and_the_table(browser, two):
    answer = browser.get(f"/admin/workshop/evaluation/report.pdf?{chosen(two)}")

    pages, text = read(answer.content)
    assert answer.headers["Content-Type"] == "application/pdf" and pages == 3
    assert "tiny@2 is better than tiny@1 in: ROUGE-L" in text.replace("\r\n", " ")
    assert "95 % interval" in text


@pytest.mark.skipif(fonts.font_for("中") is None, reason="no font with Chinese letters is installed")
def test_the_pdf_holds_chinese_letters(browser, two):
    answer = browser.get(
        f"/admin/workshop/evaluation/report.pdf?{chosen(two)}", headers={"Accept-Language": "zh-hans"}
    )

    assert "版本并排比较" in read(answer.content)[1]


def test_a_machine_without_chinese_letters_says_so_and_writes_english(browser, two, monkeypatch):
    monkeypatch.setattr(fonts, "CHINESE", ("No Such Font",))
    told = {"headers": {"Accept-Language": "zh-hans"}}

    text = read(browser.get(f"/admin/workshop/evaluation/report.pdf?{chosen(two)}", **told).content)[1]

    assert "install one, such as fonts-noto-cjk" in text and "Versions side by side" in text
    page = browser.get(f"{REPORT}?{chosen(two)}", **told).content.decode()
    assert "fonts-noto-cjk" in page


def test_nothing_to_compare_gives_no_file(browser):
    answer = browser.get("/admin/workshop/evaluation/report.pdf")

    assert answer.status_code == 400 and b"Choose two evaluations" in answer.content


@pytest.mark.parametrize("person", ["owner", "editor", "operator", "viewer", "stranger"])
def test_no_role_on_a_site_opens_them(person, two, request):
    browser = Client()
    browser.force_login(request.getfixturevalue(person))

    for path in (
        REPORT,
        ADD,
        "/admin/workshop/evaluation/",
        f"/admin/workshop/evaluation/{two[0].pk}/change/",
    ):
        assert browser.get(path).status_code in (302, 403)
    assert browser.get(f"/admin/workshop/evaluation/report.md?{chosen(two)}").status_code == 403


def test_a_versions_own_page_leads_to_its_evaluations(browser, two):
    version = two[0].version
    page = browser.get(f"/admin/inference/languagemodelversion/{version.pk}/change/").content.decode()
    assert f"{ADD}?version={version.pk}" in page

    listed = browser.get(f"/admin/workshop/evaluation/?version__id__exact={version.pk}")

    assert list(listed.context["cl"].result_list) == [two[0]]
