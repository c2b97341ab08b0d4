"""Which links an answer may hold: those to known hosts. Others lose their address, images go altogether."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

# What stands for an address that is not shown.
ELIDED = "…"
_STOPS = r"\s<>\"'`，。；：！？、）】」』"
_ENDINGS = (
    "com|net|org|info|biz|io|ai|app|dev|xyz|top|shop|site|online|club|link|click|example|ru|cn|co|me|tv|uk|de|fr"
    "|eu|us"
)
# Everything is bounded, so that no text takes long to look at.
_LINK = re.compile(
    r"(?P<image>!)?\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]{0,100}\]){0,300})\]"
    r"\(\s{0,9}<?(?P<target>[^\s()<>]{0,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200}){0,3})>?[^)\n]{0,300}\)"
    r"|<(?P<angled>[a-z][a-z0-9+.-]{0,20}:[^\s<>]{1,2000})>"
    r"|(?P<tag></?(?:a|img|iframe|script|svg|video|object|embed|form|link|style)\b[^>\n]{0,1000}>?)"
    rf"|(?P<bare>(?:(?:https?|ftp|javascript|data|vbscript|file):|//|\bwww\.)[^{_STOPS}]{{1,2000}})"
    r"|(?P<mail>(?<![\w.+-])(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    rf"|(?P<domain>(?<![\w.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_ENDINGS})\b(?:/[^{_STOPS}]{{0,2000}})?)",
    re.IGNORECASE,
)
# What may become a link, at the end of a text that is still being written: words in brackets, a tag, or a
# last word that is not of letters alone or begins like a scheme.
_BEGUN = re.compile(
    r"(?:!?\[[^\]\n]{0,200}(?:\](?:\([^)\n]{0,500})?)?|!|<[^>\s]{0,300})$"
    rf"|(?<![^{_STOPS}（【「『(*_])(?:(?i:h|ht|htt|https?|ftp|ww?|www|mailto|javascript|data|file)|"
    rf"(?=[\w]{{0,100}}[^\w{_STOPS}])[^{_STOPS}]{{1,500}})$"
)
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]\n]+\]:\s*\S+.*$", re.MULTILINE)


def hosts_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the hosts of all addresses in `texts`, also of such without a scheme, and of mail addresses."""
    found = set()
    for text in texts:
        for match in _LINK.finditer(text):
            address = next(
                (match[name] for name in ("target", "angled", "bare", "mail", "domain") if match[name]), ""
            )
            found.add(_host(address))
    return frozenset(found - {""})


def clean(text: str, hosts: frozenset[str]) -> str:
    """Return `text` with links to `hosts` and hosts below them alone; of other links the words remain."""
    # What looks like an image and cannot be read as one is at most a link.
    return _LINK.sub(lambda match: _replacement(match, hosts), _REFERENCE.sub("", text)).replace("![", "[")


def begun(text: str) -> int:
    """Return where in a growing text the part begins that may still become a link; its length for none."""
    match = _BEGUN.search(text)
    if match is None:
        return len(text)
    # A link that has ended already is not cut in two.
    cut = [link.start() for link in _LINK.finditer(text) if link.start() < match.start() < link.end()]
    return min([match.start(), *cut])


def is_allowed(address: str, hosts: frozenset[str]) -> bool:
    """Tell whether the address leads to one of `hosts` or below, in a way that a browser may follow."""
    scheme = (
        address.partition(":")[0].casefold() if re.match(r"[a-z][a-z0-9+.-]*:", address, re.I) else "https"
    )
    host = _host(address)
    known = any(host == known or host.endswith("." + known) for known in hosts)
    return scheme in ("https", "http", "mailto") and known


def _replacement(match: re.Match[str], hosts: frozenset[str]) -> str:
    if match["tag"]:
        return ""
    if match["label"] is not None:
        if match["image"]:
            return ""
        label = clean(match["label"], hosts)
        return f"[{label}]({match['target']})" if is_allowed(match["target"], hosts) else label
    address = match["angled"] or match["bare"] or match["mail"] or match["domain"]
    tail = re.search(r"[.,;:!?*_~)\]]*$", address)
    end = tail.group() if tail and not match["angled"] else ""
    return match[0] if is_allowed(address[: len(address) - len(end)], hosts) else ELIDED + end


def _host(address: str) -> str:
    """Return the host that an address leads to, in lower case, empty where it has none."""
    address = address.strip().rstrip(".,;:!?*_~)]")
    if re.match(r"(?:mailto:)?[^/@]+@[^/@]+$", address, re.I):
        return address.rpartition("@")[2].partition("?")[0].casefold()
    if address.startswith("//"):
        address = "https:" + address
    elif not re.match(r"[a-z][a-z0-9+.-]*:", address, re.I):
        address = "https://" + address
    try:
        parts = urlsplit(address.replace("\\", "/"))
        return (parts.hostname or "") if not (parts.username or parts.password) else ""
    except ValueError:
        return ""
