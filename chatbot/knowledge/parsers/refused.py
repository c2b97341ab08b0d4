"""Why a document is not read."""


class Refused(Exception):
    """A code, and for some codes a number or a word that the sentence for people needs."""

    def __init__(self, code: str, fact: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.fact = fact
