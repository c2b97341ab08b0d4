import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import AuditEntry, new_public_id
from chatbot.conversations import handover
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.conversations.split_figures import figures_of
from chatbot.prompts import choosing
from chatbot.prompts.models import PromptVersion, RegressionCase, Split
from chatbot.prompts.publishing import end_split, publish, start_split

pytestmark = pytest.mark.django_db

ADD = "/admin/prompts/split/add/"
State = PromptVersion.State


@pytest.fixture
def versions(site) -> list[PromptVersion]:
    first = PromptVersion.objects.write(site, "Be brief.")
    return [first, PromptVersion.objects.draft(site, "Be kind.")]


@pytest.fixture
def split(site, editor, versions) -> Split:
    started = Split(site=site, started_by=editor)
    return start_split(started, dict(zip(versions, (80, 20), strict=True)), by=editor)


def talk(site, version, *, feedback="", handed_off=False) -> Conversation:
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    asked = Message.objects.create(conversation=conversation, author="visitor", text="?")
    answer = Message.objects.create(
        conversation=conversation, author="assistant", text="!", answers=asked, feedback=feedback
    )
    ReplyTrace.objects.create(message=answer, prompt_version=version)
    if handed_off:
        handover.request_person(conversation, Conversation.Reason.VISITOR)
    return conversation


def test_a_conversation_keeps_its_arm_and_ten_thousand_keep_the_weights(site, split, versions):
    ids = [new_public_id() for _number in range(10_000)]
    weights = [arm.weight for arm in split.arms.all()]

    chosen = [choosing.arm_at(choosing.place_of(str(split.pk), one), weights) for one in ids]

    # Four standard deviations of 10,000 draws at 20 %: 160.
    assert abs(sum(chosen) - 2_000) <= 160
    assert chosen == [choosing.arm_at(choosing.place_of(str(split.pk), one), weights) for one in ids]
    for one, arm in zip(ids[:50], chosen[:50], strict=True):
        for _again in range(2):
            assert PromptVersion.objects.current(site, "en", one) == versions[arm]


def test_another_split_deals_anew():
    ids = [new_public_id() for _number in range(2_000)]

    first, second = ([choosing.place_of(split, one) < 0.5 for one in ids] for split in ("1", "2"))

    assert 800 < sum(one == other for one, other in zip(first, second, strict=True)) < 1_200


def test_weights_are_shares_and_nothing_falls_off_the_end():
    assert choosing.arm_at(0.0, [0, 1]) == 1
    assert [choosing.arm_at(place, [1, 1, 2]) for place in (0.0, 0.24, 0.25, 0.5, 0.999999)] == [
        0,
        0,
        1,
        2,
        2,
    ]
    with pytest.raises(ValueError):
        choosing.arm_at(0.5, [0, 0])


def test_without_a_conversation_the_larger_arm_answers(site, split, versions):
    assert PromptVersion.objects.current(site) == versions[0]


def test_starting_publishes_the_arms_and_is_on_the_record(site, split, versions):
    assert set(PromptVersion.objects.values_list("state", flat=True)) == {State.PUBLISHED}
    assert AuditEntry.objects.get(kind="prompt.split_started").data["arms"] == ["1: 80", "2: 20"]


def test_the_winner_answers_alone(site, split, versions, editor):
    end_split(split, versions[1], by=editor)

    assert PromptVersion.objects.current(site, "", new_public_id()) == versions[1]
    versions[0].refresh_from_db()
    assert versions[0].state == State.REPLACED
    sentence = AuditEntry.objects.get(kind="prompt.split_ended").describe()
    assert "with version 2 as the winner" in sentence
    with pytest.raises(ValidationError):
        end_split(split, versions[0], by=editor)


def test_publishing_another_version_ends_the_split(site, split, versions):
    third = PromptVersion.objects.write(site, "Be both.")

    split.refresh_from_db()
    assert split.ended_at is not None and split.winner is None
    assert PromptVersion.objects.current(site, "", new_public_id()) == third


def test_publishing_an_arm_ends_the_split(site, split, versions):
    versions[1].refresh_from_db()
    assert publish(versions[1])

    assert [version.pk for version in PromptVersion.objects.live(site)] == [versions[1].pk]
    assert not Split.objects.open().exists()


def test_what_is_no_split(site, other_site, versions, split):
    stranger = PromptVersion.objects.write(other_site, "Elsewhere.")
    chinese = PromptVersion.objects.write(site, "中文。", language="zh")
    third = PromptVersion.objects.draft(site, "Third.")

    for weights in (
        {third: 100},
        {third: 50, stranger: 50},
        {third: 50, chinese: 50},
        {third: 0, versions[0]: 100},
        {third: 50, versions[0]: 50},
    ):
        with pytest.raises(ValidationError):
            start_split(Split(site=site), weights)
    assert Split.objects.get() == split


def test_the_figures_of_each_arm(site, split, versions):
    for _number in range(3):
        talk(site, versions[0], feedback="up")
    talk(site, versions[0], feedback="down", handed_off=True)
    talk(site, versions[1], handed_off=True)
    before = talk(site, versions[1], feedback="down")
    Conversation.objects.filter(pk=before.pk).update(created_at="2020-01-01T00:00Z")

    first, second = figures_of(split)

    assert (first.conversations, first.ups, first.downs, first.handed_off) == (4, 3, 1, 1)
    assert (second.conversations, second.ups, second.downs, second.handed_off) == (1, 0, 0, 1)
    assert (first.hits, first.counted) == (1, 4)
    assert first.rate is not None and first.rate.low < 0.25 < first.rate.high
    # 5 points from 25 %, four to one: sample_needed(0.25, 0.05, ratio=0.25).
    assert first.wanting > second.wanting > 100
    assert not second.is_different


def test_helpful_counts_conversations_with_feedback_only(site, split, versions):
    split.measure = Split.Measure.HELPFUL
    talk(site, versions[0], feedback="up")
    talk(site, versions[0], feedback="down")
    talk(site, versions[0])

    first, second = figures_of(split)

    assert (first.hits, first.counted, second.counted, second.rate) == (1, 2, 0, None)


def test_each_arm_tells_how_many_visitors_are_unhappy_with_an_interval(
    client: Client, editor, site, split, versions
):
    for sentiment in (-0.9, -0.3, 0.2, None):
        talk(site, versions[0])
        Conversation.objects.filter(pk=Conversation.objects.latest("pk").pk).update(sentiment=sentiment)

    first, second = figures_of(split)

    assert (first.unhappy, first.felt, second.unhappy_rate) == (2, 3, None)
    assert first.unhappy_rate is not None
    assert first.unhappy_rate.low == pytest.approx(0.208, abs=0.001)
    client.force_login(editor)
    page = client.get(f"/admin/prompts/split/{split.pk}/change/").content.decode()
    assert "66.7 % (20.8 % – 93.9 %)" in page and "2/3" in page


def test_a_winner_is_called_once_the_sample_is_there(site, editor, versions):
    split = Split(site=site, smallest_effect=50)
    start_split(split, dict(zip(versions, (50, 50), strict=True)))
    for number in range(40):
        talk(site, versions[0], handed_off=number < 4)
        if number == 5:
            assert not figures_of(split)[1].is_different
        talk(site, versions[1], handed_off=number < 30)

    first, second = figures_of(split)

    assert (first.wanting, second.wanting) == (0, 0)
    assert second.is_different
    assert second.gap is not None and second.gap.low > 0.4


def test_a_split_is_started_and_ended_in_the_admin(client: Client, editor, site, versions):
    client.force_login(editor)
    form = {
        **{"version_1": versions[0].pk, "weight_1": 80, "version_2": versions[1].pk, "weight_2": 20},
        **{"measure": "handed_off", "smallest_effect": 5},
    }

    page = client.post(ADD, form, follow=True)

    split = Split.objects.get()
    assert page.redirect_chain[-1][0] == f"/admin/prompts/split/{split.pk}/change/"
    assert "80.0 %" in page.content.decode() and "20.0 %" in page.content.decode()
    assert (split.started_by, split.site) == (editor, site)
    client.post(f"/admin/prompts/split/{split.pk}/end/", {"winner": versions[1].pk})
    assert PromptVersion.objects.current(site) == versions[1]


def test_no_untested_version_gets_a_share_without_an_override(client: Client, editor, site, versions):
    RegressionCase.objects.create(site=site, question="Do you ship?", must_contain="yes")
    client.force_login(editor)
    form = {
        **{"version_1": versions[0].pk, "weight_1": 80, "version_2": versions[1].pk, "weight_2": 20},
        **{"measure": "handed_off", "smallest_effect": 5},
    }

    refused = client.post(ADD, form)

    assert "Version 2" in str(refused.context["adminform"].form.non_field_errors())
    assert not Split.objects.exists()
    client.post(ADD, {**form, "override": "on"})
    assert Split.objects.exists()
    assert AuditEntry.objects.filter(kind="prompt.overridden").count() == 1


@pytest.mark.parametrize("role", ["operator", "viewer", "stranger"])
def test_others_start_and_end_no_split(client: Client, request, site, versions, split, role):
    client.force_login(request.getfixturevalue(role))
    form = {
        **{"version_1": versions[0].pk, "weight_1": 80, "version_2": versions[1].pk, "weight_2": 20},
        **{"measure": "handed_off", "smallest_effect": 5},
    }

    client.post(ADD, form)
    client.post(f"/admin/prompts/split/{split.pk}/end/", {"winner": versions[1].pk})

    split.refresh_from_db()
    assert split.ended_at is None
    assert Split.objects.count() == 1
    assert client.get(f"/admin/prompts/split/{split.pk}/change/").status_code in (302, 403, 404)
