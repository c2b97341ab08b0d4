"""A web process by itself, over real sockets, whose language model is a script."""

from collections.abc import Mapping
from pathlib import Path

import psutil

from tests.browser.installation import Installation

ADD_DEMO_SITE = """
from chatbot.monitoring.demo_site import create_demo_site_if_missing
create_demo_site_if_missing()
"""


class WebProcess(Installation):
    """`manage.py serve` over a fresh SQLite file; more variables than the defaults by `settings`."""

    def __init__(self, folder: Path, model_url: str = "http://127.0.0.1:9/v1", **settings: str) -> None:
        super().__init__(folder, "https://host.example")
        self.settings = {"INFERENCE_URLS": model_url, "LOG_LEVEL": "INFO", **settings}

    @property
    def environment(self) -> Mapping[str, str]:
        return {**super().environment, **self.settings}

    @property
    def process(self) -> psutil.Process:
        """The running process."""
        assert self.web is not None
        return psutil.Process(self.web.pid)

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text()

    def create(self) -> None:
        """Create the tables and the demo site."""
        (self.folder / "static").mkdir(exist_ok=True)
        self._manage("migrate", "--verbosity=0")
        self._manage("shell", "--verbosity=0", "-c", ADD_DEMO_SITE)
