"""Getting web pages from addresses that people typed: one, those of a sitemap, or a site's."""

from chatbot.knowledge.fetching.crawling import Visit, crawl, visit
from chatbot.knowledge.fetching.limits import DEFAULT, FetchLimits
from chatbot.knowledge.fetching.not_fetched import NotFetched
from chatbot.knowledge.fetching.pages import Page, fetch
from chatbot.knowledge.fetching.robots import Robots
from chatbot.knowledge.fetching.sitemaps import sitemap

__all__ = [
    "DEFAULT",
    "FetchLimits",
    "NotFetched",
    "Page",
    "Robots",
    "Visit",
    "crawl",
    "fetch",
    "sitemap",
    "visit",
]
