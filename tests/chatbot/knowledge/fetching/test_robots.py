"""robots.txt is heeded."""

import pytest

from chatbot.knowledge.fetching import NotFetched, Robots, fetch
from chatbot.knowledge.fetching.addresses import address_of
from tests.chatbot.knowledge.web_site import Reply, WebSite


def say(shop: WebSite, text: str) -> None:
    shop.pages["/robots.txt"] = Reply(text.encode(), "text/plain")


def test_a_page_that_robots_may_not_read_is_not_asked_for(shop: WebSite) -> None:
    say(shop, "User-agent: *\nDisallow: /private/\nAllow: /private/open$\n")
    shop.page("/private/a", "no")
    shop.page("/private/open", "yes")

    with pytest.raises(NotFetched) as error:
        fetch(f"{shop.url}/private/a")

    assert error.value.code == "robots_denied" and "/private/a" not in shop.asked
    assert fetch(f"{shop.url}/private/open").content == b"yes"


def test_rules_for_this_robot_count_before_those_for_all(shop: WebSite) -> None:
    say(shop, "User-agent: *\nDisallow: /\n\nUser-agent: Parley\nDisallow: /b\n")
    shop.page("/a", "yes")

    assert fetch(f"{shop.url}/a").content == b"yes"
    with pytest.raises(NotFetched):
        fetch(f"{shop.url}/b")


def test_a_redirect_to_a_page_that_may_not_be_read(shop: WebSite) -> None:
    say(shop, "User-agent: *\nDisallow: /private\n")
    shop.redirect("/a", "/private")

    with pytest.raises(NotFetched) as error:
        fetch(f"{shop.url}/a")

    assert error.value.code == "robots_denied" and "/private" not in shop.asked


def test_no_robots_txt_allows_everything_and_a_broken_one_nothing(shop: WebSite) -> None:
    shop.page("/a", "yes")
    assert fetch(f"{shop.url}/a").content == b"yes"

    shop.pages["/robots.txt"] = Reply(status=500)
    with pytest.raises(NotFetched) as error:
        fetch(f"{shop.url}/a")
    assert error.value.code == "robots_unknown"


def test_it_is_read_once_for_several_pages(shop: WebSite) -> None:
    say(shop, "")
    shop.page("/a", "a")
    robots = Robots()

    for _time in range(3):
        fetch(f"{shop.url}/a", robots=robots)

    assert shop.asked.count("/robots.txt") == 1


@pytest.mark.parametrize(("told", "seconds"), [("0.5", 0.5), ("86400", 10.0), ("soon", 0.0), ("-3", 0.0)])
def test_the_pause_that_it_asks_for_is_bounded(shop: WebSite, told: str, seconds: float) -> None:
    say(shop, f"User-agent: *\nCrawl-delay: {told}\n")

    assert Robots().pause(address_of(shop.url)) == seconds


def test_an_endless_one_is_cut(shop: WebSite) -> None:
    shop.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /no\n" * 10_000, "text/plain", pieces=1000)
    shop.page("/yes", "yes")

    assert fetch(f"{shop.url}/yes").content == b"yes"
