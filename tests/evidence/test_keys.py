"""Keys: made by ctguard, brought along, or kept in AWS KMS."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.kms.models import kms_backends

from tests.command import here
from tests.evidence.making import checks_of, made, make
from tests.logs.served import ACCOUNT, ENVIRONMENT, served


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_every_kind_of_key_signs(tmp_path, kind, passphrase):
    (tmp_path / "passphrase").write_text(f"{passphrase}\n")
    words = ("--passphrase-file", "passphrase") if passphrase else ()
    assert here(tmp_path, "evidence", "keygen", "-o", "key.pem", "--type", kind, *words).status == 0

    one = made(tmp_path, *words)

    private = (tmp_path / "key.pem").read_text()
    assert private.startswith(f"-----BEGIN {'ENCRYPTED ' if passphrase else ''}PRIVATE KEY-----")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert one.verify().status == 0


def test_a_key_that_openssl_made_signs(tmp_path):
    openssl = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem"]
    subprocess.run(openssl, cwd=tmp_path, check=True)
    subprocess.run(["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "key.pem.pub"], cwd=tmp_path, check=True)

    assert made(tmp_path).verify().status == 0


@pytest.mark.parametrize("there", ["key.pem", "key.pem.pub"])
def test_a_key_that_is_there_is_left_alone(tmp_path, there):
    (tmp_path / there).write_text("mine")

    done = here(tmp_path, "evidence", "keygen", "-o", "key.pem")

    assert done.status == 2
    assert (tmp_path / there).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [there]


RSA = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("key", "words", "told"),
    [
        ("none.pem", (), "No such file"),
        ("rubbish.pem", (), "is no private key in PEM"),
        ("rsa.pem", (), "is neither an Ed25519 nor an ECDSA P-256 key"),
        ("locked.pem", (), "is encrypted"),
        ("locked.pem", ("--passphrase-file", "wrong"), "wrong passphrase"),
        ("key.pem", ("--passphrase-file", "wrong"), "is not encrypted"),
        ("key.pem", ("--passphrase-file", "empty"), "its first line is empty"),
        ("arn:aws:kms:eu-west-1", (), "is no ARN of a KMS key"),
    ],
)
def test_a_key_that_cannot_sign_is_named(tmp_path, key, words, told):
    one = make(tmp_path)
    (tmp_path / "wrong").write_text("wrong\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "right").write_text("right\n")
    (tmp_path / "rubbish.pem").write_text(RSA)
    here(tmp_path, "evidence", "keygen", "-o", "locked.pem", "--passphrase-file", "right")
    if key == "rsa.pem":
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], cwd=tmp_path, check=True, capture_output=True)

    done = here(tmp_path, *one.words, *words, "--key", key)

    assert done.status == 2
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 2
    assert not one.bundle.exists()


@pytest.fixture(scope="module")
def aws():
    with served() as server:
        yield server


def signs_digests(path, environ):
    """Answer `Sign` as KMS does ("Sign" in its API reference): moto hashes even what says that it is a digest."""
    if not environ.get("HTTP_X_AMZ_TARGET", "").endswith(".Sign"):
        return None
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    asked = json.loads(body)
    assert (asked["MessageType"], asked["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
    key = kms_backends[ACCOUNT]["eu-west-1"].keys[asked["KeyId"].rpartition("/")[2]].private_key.private_key
    signature = key.sign(base64.b64decode(asked["Message"]), ECDSA(Prehashed(SHA256())))
    answer = {"KeyId": asked["KeyId"], "Signature": base64.b64encode(signature).decode()}
    return "200 OK", [("Content-Type", "application/x-amz-json-1.1")], json.dumps(answer).encode()


@pytest.fixture
def kms(aws, monkeypatch):
    """Return a client of a KMS over HTTP, which the command line finds too; nothing but the ARN says the region."""
    aws.reset()
    aws.breaks = signs_digests
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    return aws.client("kms", "eu-west-1")


def test_a_key_of_kms_signs(kms, tmp_path, monkeypatch):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    (tmp_path / "kms.der").write_bytes(kms.get_public_key(KeyId=key)["PublicKey"])
    convert = "openssl pkey -pubin -inform DER -in kms.der -out kms.pem"
    subprocess.run(convert.split(), cwd=tmp_path, check=True)
    one = make(tmp_path)

    done = here(tmp_path, *one.words, "--key", key)

    assert done.status == 0, done.err
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)  # whoever checks needs no AWS
    assert one.verify(key="kms.pem").status == 0
    assert one.verify().status == 1  # another key


@pytest.mark.parametrize("spec", ["ECC_NIST_P384", "RSA_2048"])
def test_a_key_of_another_kind_in_kms_is_refused(kms, tmp_path, spec):
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]

    done = here(tmp_path, *make(tmp_path).words, "--key", key)

    assert done.status == 2
    assert f"{key}: is neither an Ed25519 nor an ECDSA P-256 key" in done.err


def test_what_kms_refuses_is_told_with_the_permission(kms, tmp_path):
    key = "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"

    done = here(tmp_path, *make(tmp_path).words, "--key", key)

    assert done.status == 2
    assert "NotFoundException" in done.err
    assert "kms:GetPublicKey" in done.err


def test_a_kms_that_is_not_there_is_told(tmp_path, monkeypatch):
    for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)

    done = here(tmp_path, *make(tmp_path).words, "--key", "arn:aws:kms:eu-west-1:111122223333:key/1")

    assert done.status == 2
    assert "check the credentials and the network" in done.err


def test_the_key_is_named_by_its_public_half(kept):
    der = "openssl pkey -pubin -in key.pem.pub -outform DER"
    encoded = subprocess.run(der.split(), cwd=kept.folder, check=True, capture_output=True).stdout
    done = kept.verify(None, "-f", "json")

    assert checks_of(done)["signature"] == ("holds", [f"by key {hashlib.sha256(encoded).hexdigest()}"])
