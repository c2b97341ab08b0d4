"""What the demo shop's assistant can look up, in English and in Chinese."""

from accounts.models import Site
from chatbot.knowledge.adding import put_text
from chatbot.knowledge.curated import add_answer
from chatbot.knowledge.models import Source

# Each with the questions that it answers.
ANSWERS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("How long does delivery take?", "When will my lamp arrive?", "How fast do you ship?"),
        "Delivery takes 2 to 4 working days.",
    ),
    (
        ("How much does delivery cost?", "Is shipping free?"),
        "Delivery is free for orders above €60. Below that it costs €4.90.",
    ),
    (
        (
            "Can I return a lamp I have used?",
            "How long can I send a lamp back?",
            "What is your return policy?",
        ),
        "Yes. You can return a lamp within 60 days, even when it was used. Returns are free.",
    ),
    (
        ("How long is the guarantee?", "My lamp broke, is there a warranty?"),
        "Every lamp has a guarantee of 5 years. Write to hello@maple-and-moth.example: we repair it.",
    ),
    (
        ("Which lamp suits a small desk?", "What do you recommend for a narrow desk?"),
        "For a small desk we recommend the Heron desk lamp for €129, or the cordless Morel for €89.",
    ),
    (
        ("How long does the Morel last on one charge?", "What is the battery life of the cordless lamp?"),
        "The Morel shines for 14 hours on one charge.",
    ),
    (
        ("How do I reach a person?", "What is your e-mail address?", "When are you open?"),
        "Write to hello@maple-and-moth.example. We answer Monday to Friday, 9 to 17.",
    ),
    (
        ("送货需要多长时间？", "我的灯什么时候到？", "发货快吗？"),
        "送货需要 2 到 4 个工作日。",
    ),
    (
        ("运费是多少？", "免运费吗？"),
        "订单满 60 欧元免运费，不满则收 4.90 欧元。",
    ),
    (
        ("用过的灯可以退货吗？", "多久之内可以退货？", "退货要付费吗？"),
        "可以。60 天内都可以退货，用过的灯也可以，退货免费。",
    ),
    (
        ("保修期多长？", "灯坏了怎么办？"),
        "每盏灯保修 5 年。请写信到 hello@maple-and-moth.example，我们会维修或更换。",
    ),
    (
        ("小书桌用哪款灯好？", "请推荐一款台灯。"),
        "小书桌推荐 Heron 台灯（129 欧元），或者无线的 Morel（89 欧元）。",
    ),
    (
        ("怎么联系人工客服？", "你们的邮箱是什么？", "几点上班？"),
        "请写信到 hello@maple-and-moth.example，我们周一至周五 9 点到 17 点回复。",
    ),
)

POLICY = """\
# Care and repair

## Cleaning a lamp

Switch the lamp off and let it cool down. Wipe wood and brass with a dry, soft cloth. The linen shade of the
Alder is brushed, never washed. The opal globe of the Moon may be washed with warm water once it is unscrewed.

## Changing the bulb

The Alder, the Plover and the Moon take bulbs with an E27 socket of at most 12 watts. The light of the Heron,
the Morel and the Cricket is built in; when it grows dim after many years, we exchange it in our workshop.

## Batteries

The Morel is charged by the cable that comes with it, in 3 hours. The Cricket charges in the sun and shines
until late at night after a bright day. Worn-out batteries are exchanged for €19 and recycled by us.
"""


def create_demo_knowledge(site: Site) -> None:
    """Give the demo shop's site its curated answers and a text; the worker makes them searchable."""
    for questions, answer in ANSWERS:
        add_answer(site, questions, answer, None)
    source = Source.objects.create(site=site, kind=Source.Kind.TEXT, name="Care and repair")
    put_text(source, source.name, POLICY)
