"""What of a passage is encoded and whose words are compared."""


def passage_text(title: str, heading: str, question: str, text: str) -> str:
    """Return the question alone where there is one, else the passage under its titles.

    People ask in the words of a question, and an answer of many sentences would drown it.
    """
    return question or "\n".join(part for part in (title, heading, text) if part)
