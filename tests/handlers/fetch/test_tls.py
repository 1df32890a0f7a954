from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handlers.errors import BadRequest
from handlers.fetch import download
from tests.handlers.fetch.network import NOT_FETCHED, PICTURE, PUBLIC, Network, get
from tests.handlers.fetch.site import Site, answer, redirect


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return Network(monkeypatch)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for name.example with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "name.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("name.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def secure(certificate: Path, network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """https://name.example and https://other.example, of which only the first is certified."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
    server.load_cert_chain(certificate)
    monkeypatch.setattr(download, "_tls", lambda: client)
    network.names = {"name.example": [[PUBLIC]], "other.example": [[PUBLIC]]}
    with Site({"/": answer(PICTURE), "/down": redirect("http://name.example/")}, server) as site:
        network.site = site
        yield site


def test_certificates_are_for_the_name_and_not_the_address(secure: Site, network: Network) -> None:
    assert get("https://name.example/") == PICTURE
    assert network.dialled == [(PUBLIC, 443)]
    assert "\r\nHost: name.example\r\n" in secure.requests[0]


def test_a_wrong_certificate_is_refused(secure: Site) -> None:
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get("https://other.example/")
    assert secure.requests == []


def test_a_redirect_may_not_drop_encryption(secure: Site, network: Network) -> None:
    with pytest.raises(BadRequest, match=NOT_FETCHED):
        get("https://name.example/down")
    assert network.dialled == [(PUBLIC, 443)]


def test_the_default_context_verifies() -> None:
    context = download._tls()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
