"""Where requests to typed addresses go, and where they never go."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings

from chatbot.checked_connections import AddressRefused, RequestFailed
from chatbot.outbound_http import ANSWER_MAX_BYTES, check_url, post
from tests.chatbot.operators.receivers import Receiver, receiver

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
]
DISGUISED = ["2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1.", "0"]
NAMES = ["localhost", "LOCALHOST", "localhost.", "printer.local", "db.internal", "a.localhost"]


@pytest.fixture
def inside_allowed(settings: LazySettings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def hook(inside_allowed: None) -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.mark.parametrize("host", INSIDE + DISGUISED + NAMES)
def test_an_address_inside_is_refused_when_it_is_typed(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"https://{host}/hook")


@pytest.mark.parametrize("host", INSIDE + DISGUISED + ["localhost"])
def test_an_address_inside_is_refused_when_it_is_sent_to(host: str) -> None:
    with pytest.raises((AddressRefused, RequestFailed)) as refusal:
        post(f"https://{host}/hook", b"", {}, timeout=2)
    # Some systems do not know the odd spellings of 127.0.0.1 at all, which is as good.
    assert issubclass(refusal.type, AddressRefused) or host in DISGUISED


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://",
        "https:///hook",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/\nHost: x",
        "https://[::1/",
        "https://bücher.example/",
        "https://example.com/" + "x" * 600,
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook?a=b", "https://93.184.216.34:8443/", "https://[2606:4700::1111]/"]
)
def test_public_addresses_are_fine(url: str) -> None:
    check_url(url)


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(
    hook: Receiver, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    _lead(monkeypatch, "evil.example", ["93.184.216.34", "127.0.0.1"])

    with pytest.raises(AddressRefused):
        post(f"https://evil.example:{hook.port}/", b"secret", {}, timeout=2)
    assert hook.received == []


def test_the_connection_goes_to_the_address_that_was_checked(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups = _lead(monkeypatch, "hook.example", ["127.0.0.1"])

    answer = post(f"http://hook.example:{hook.port}/", b"{}", {}, timeout=5)

    assert answer.status == 200 and lookups == ["hook.example"]
    assert hook.received[0][0]["Host"] == f"hook.example:{hook.port}"


def test_http_is_for_allowed_networks_only(inside_allowed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _lead(monkeypatch, "outside.example", ["93.184.216.34"])

    with pytest.raises(AddressRefused):
        post("http://outside.example/", b"", {}, timeout=2)
    with pytest.raises(AddressRefused):
        check_url("http://93.184.216.34/")
    check_url("http://127.0.0.1:8080/hook")


def test_redirects_are_not_followed(hook: Receiver) -> None:
    hook.status, hook.headers = 302, {"Location": "http://169.254.169.254/latest/meta-data/"}

    assert post(hook.url, b"", {}).status == 302
    assert len(hook.received) == 1


def test_of_a_long_answer_the_beginning_is_read(hook: Receiver) -> None:
    hook.body = b"x" * 2_000_000

    assert len(post(hook.url, b"", {}).body) == ANSWER_MAX_BYTES


def test_an_answer_that_trickles_in_ends_at_the_deadline(hook: Receiver) -> None:
    hook.body, hook.seconds_between_bytes = b"x" * 1000, 0.05
    begun = time.monotonic()

    with pytest.raises(RequestFailed):
        post(hook.url, b"", {}, timeout=0.4)
    assert time.monotonic() - begun < 2


def test_a_closed_port_and_an_unknown_name_fail_with_a_sentence(
    inside_allowed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    _lead(monkeypatch, "known.example", [])

    for url in (f"http://127.0.0.1:{port}/", "http://unknown.example/"):
        with pytest.raises(RequestFailed) as failure:
            post(url, b"", {}, timeout=2)
        assert str(failure.value)


def test_the_certificate_must_be_that_of_the_name(
    inside_allowed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, trusting = _certificate_for("hook.example", tmp_path)
    _lead(monkeypatch, "hook.example", ["127.0.0.1"])
    _lead(monkeypatch, "other.example", ["127.0.0.1"])
    with receiver(server) as found:
        answer = post(f"https://hook.example:{found.port}/", b"{}", {}, tls=trusting)
        for name, tls in (("other.example", trusting), ("hook.example", None)):
            with pytest.raises(RequestFailed):
                post(f"https://{name}:{found.port}/", b"{}", {}, tls=tls)

    assert answer.status == 200 and len(found.received) == 1


def _lead(monkeypatch: pytest.MonkeyPatch, name: str, addresses: list[str]) -> list[str]:
    """Let the system's resolver answer so for one name; return the list that its questions go to."""
    real, asked = socket.getaddrinfo, []

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        if not host.endswith(".example"):
            return real(host, *arguments, **options)
        if host == name and addresses:
            asked.append(host)
            return [entry for address in addresses for entry in real(address, *arguments, **options)]
        if real is _SYSTEMS:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


_SYSTEMS = socket.getaddrinfo


def _certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a server with this name, and that of a client who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    trusting = ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
    return server, trusting
