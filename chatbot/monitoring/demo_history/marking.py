"""What tells the demo history from what really happened, for people and for programs.

The visitors are known by a secret that nobody holds (`Visitor.objects.invented`), which no client and no
member of the staff can change; all that is theirs is of the demo history. For people there are a label, the
page's title, addresses below a domain that cannot exist (RFC 2606), ids that begin with "demo", answers that
say what they are, and names of models, prompts and documents.
"""

import secrets

from chatbot.conversations.models.visitors import INVENTED

LABEL = "Demo history"
PAGE_TITLE = "Demo history: this conversation never took place"
PAGE_URL = "https://demo-history.invalid/"
SOURCE = "Demo history"
PROMPT = "Demo history: this prompt was never in use."
# Names that no installed model has.
MODELS = ("demo-history-model@1", "demo-history-model@2")
OPERATORS = ("Ada (demo)", "Bo (demo)", "Lin (demo)")


def new_marked_id() -> str:
    """Return an id as new_public_id does, which begins with "demo" in place of 16 of its 128 bits."""
    return "demo" + secrets.token_hex(14)


def new_secret_hash() -> str:
    """Return what stands for the digest of a secret, and is the digest of none."""
    return INVENTED + secrets.token_hex(20)
