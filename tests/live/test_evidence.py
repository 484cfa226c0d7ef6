"""The run of an audit as evidence: its snapshot gives it again, without AWS."""

from __future__ import annotations

from tests.command import here
from tests.evidence.making import contents_of
from tests.live.scenes import one_trail


def test_an_audit_is_made_again_from_its_snapshot(aws, audit, tmp_path):
    one_trail(aws)
    audit("--snapshot", "facts.json", "-q", "-o", "run.json")
    here(tmp_path, "evidence", "keygen", "-o", "key.pem")

    words = ("--run", "run.json", "--input", "facts.json", "--key", "key.pem", "-o", "evidence.zip")
    bundled = here(tmp_path, "evidence", "bundle", *words)
    (tmp_path / "facts.json").unlink()
    verified = here(tmp_path, "evidence", "verify", "evidence.zip", "--public-key", "key.pem.pub")

    assert bundled.status == verified.status == 0, bundled.err + verified.out
    assert "inputs/facts.json" in contents_of(tmp_path / "evidence.zip")
