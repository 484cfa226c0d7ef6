"""Whatever is changed in a bundle is found and named: every file, every byte."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.command import here
from tests.evidence.making import ATTESTATION, checks_of, contents_of, packed

RULE = "rules/trust.yaml"


def regions_of(bundle):
    """Return the parts of an archive, the end record too: what may be named for a fault in them, begin, end."""
    data = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        entry = archive.start_dir
        for info in archive.infolist():
            content = info.header_offset + 30 + len(info.filename)
            yield (info.filename, f"byte {info.header_offset}:"), info.header_offset, content
            yield (info.filename,), content, content + info.file_size
            yield (info.filename, f"byte {entry}:"), entry, entry + 46 + len(info.filename)
            entry += 46 + len(info.filename)
    yield (f"byte {entry}:",), entry, len(data)


def flipped(kept, tmp_path, at, mask=0xFF):
    data = bytearray(kept.bundle.read_bytes())
    data[at] ^= mask
    (tmp_path / "flipped.zip").write_bytes(data)
    return kept.verify(tmp_path / "flipped.zip")


def test_every_byte_of_the_archives_own_is_held(kept, tmp_path):
    """Flip each byte of a file's header, of its entry in the directory, and of the end record."""
    own = [region for region in regions_of(kept.bundle) if region[0] != ("run.json",)]
    own = [(names, begin, end) for names, begin, end in own if names[0] == "run.json" or names[0].startswith("byte")]
    assert len(own) == 3

    for names, at in ((names, at) for names, begin, end in own for at in range(begin, end)):
        done = flipped(kept, tmp_path, at)

        assert done.status == 1, at
        assert any(name in done.out for name in names), (at, done.out)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_flipped_bit_is_found_and_named(kept, tmp_path, data):
    regions = [region for region in regions_of(kept.bundle) if region[1] < region[2]]
    names, begin, end = data.draw(st.sampled_from(regions), "region")
    at = data.draw(st.integers(begin, end - 1), "byte")
    mask = data.draw(st.sampled_from([1 << bit for bit in range(8)]), "bit")

    done = flipped(kept, tmp_path, at, mask)

    assert done.status == 1
    assert any(name in done.out for name in names)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_the_envelope_is_free(kept, tmp_path, data):
    """Change the attestation and make the archive's checksums fit again: payload, key id, signature, blanks."""
    contents = contents_of(kept.bundle)
    envelope = bytearray(contents[ATTESTATION])
    signatures = envelope.index(b'"payloadType"')
    at = data.draw(st.integers(0, len(envelope) - 1) | st.integers(signatures, len(envelope) - 1))
    envelope[at] ^= data.draw(st.sampled_from([1 << bit for bit in range(8)]))
    (tmp_path / "changed.zip").write_bytes(packed({**contents, ATTESTATION: bytes(envelope)}))

    done = kept.verify(tmp_path / "changed.zip", "-f", "json")

    checks = checks_of(done)
    assert done.status == 1
    assert checks["archive"][0] == "holds"
    assert checks["signature"][0] == "fails"
    assert ATTESTATION in checks["signature"][1][0]


def changed_file(contents):
    contents[RULE] += b"\n"
    return [f"{RULE}: was changed"]


def missing_file(contents):
    del contents[RULE]
    return [f"{RULE}: is missing"]


def added_file(contents):
    contents["rules/zzz.yaml"] = b"id: zzz"
    return ["rules/zzz.yaml: was added"]


def everything_at_once(contents):
    contents["run.json"] = b"{}"
    del contents["reports/report.md"]
    contents["timestamp.dsse.json"] = b"{}"
    return ["run.json: was changed", "reports/report.md: is missing", "timestamp.dsse.json: was added"]


@pytest.mark.parametrize("change", [changed_file, missing_file, added_file, everything_at_once])
def test_every_changed_missing_or_added_file_is_named(kept, tmp_path, change):
    contents = contents_of(kept.bundle)
    told = change(contents)
    (tmp_path / "changed.zip").write_bytes(packed(contents))

    done = kept.verify(tmp_path / "changed.zip", "-f", "json")

    checks = checks_of(done)
    assert done.status == 1
    assert checks["archive"][0] == checks["signature"][0] == "holds"
    assert checks["files"] == ("fails", sorted(told, key=lambda line: ("missing" not in line, "added" not in line)))
    assert "findings" not in checks  # what nobody signed is not read


def test_a_bundle_packed_anew_is_no_longer_the_one(kept, tmp_path):
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as archive:
        for name, content in contents_of(kept.bundle).items():
            archive.writestr(name, content)

    done = kept.verify(tmp_path / "again.zip")

    assert done.status == 1
    assert f"{ATTESTATION}: its header in the archive is not in the one form" in done.out


def test_another_key_does_not_vouch_for_it(kept, tmp_path):
    here(tmp_path, "evidence", "keygen", "-o", "other.pem")

    done = kept.verify(None, key=str(tmp_path / "other.pem.pub"))

    assert done.status == 1
    assert "is not signed with the given key" in done.out


def test_the_verdict_as_json_is_the_same_verdict(kept):
    done = kept.verify(None, "-f", "json")

    assert done.status == 0
    assert json.loads(done.out)["status"] == "holds"
    assert list(checks_of(done)) == ["archive", "signature", "files", "timestamp", "findings"]


# --- archives that attack the reader


def stored(*entries):
    """Return an archive of entries (name, content, changes of the local header by offset), without a directory."""
    parts = []
    for name, content, changes in entries:
        header = bytearray(
            struct.pack("<4s5H3L2H", b"PK\3\4", 10, 0, 0, 0, 33, 0, len(content), len(content), len(name), 0)
        )
        for offset, value in changes.items():
            header[offset : offset + len(value)] = value
        parts.append(bytes(header) + name + content)
    return b"".join(parts)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(stored((b"../../etc/passwd", b"x", {})), "name is refused", id="zip slip"),
        pytest.param(stored((b"/etc/passwd", b"x", {})), "name is refused", id="absolute"),
        pytest.param(stored((b"inputs/%2e%2e/%2e%2e/x", b"x", {})), "name is refused", id="encoded dots"),
        pytest.param(stored((b"inputs/..%2f..%2fx", b"x", {})), "name is refused", id="encoded slashes"),
        pytest.param(stored((b"inputs/..%2F..%2Fx", b"x", {})), "name is refused", id="encoded slashes, our way"),
        pytest.param(stored((b"inputs\\..\\x", b"x", {})), "name is refused", id="backslashes"),
        pytest.param(stored((b"inputs/\x1b[2J", b"x", {})), "name is refused", id="escapes"),
        pytest.param(stored((b"a//b", b"x", {})), "name is refused", id="empty segment"),
        pytest.param(stored((b"a", b"x", {8: b"\x08\0"})), "compressed or encrypted", id="bomb"),
        pytest.param(stored((b"a", b"x", {6: b"\x01\0"})), "compressed or encrypted", id="encrypted"),
        pytest.param(stored((b"a", b"x", {18: b"\xff" * 8})), "ends before the file does", id="giant by its own word"),
        pytest.param(stored((b"a", b"x", {26: b"\xff\xff"})), "too long", id="giant name"),
        pytest.param(stored((b"a", b"x", {}), (b"a", b"y", {})), "a: stands in the archive twice", id="twice"),
        pytest.param(stored(*[(b"%d" % n, b"", {}) for n in range(20_002)]), "more than 20000 files", id="many"),
        pytest.param(b"", "is no archive", id="empty"),
        pytest.param(b"%PDF-1.7", "is no archive", id="something else"),
    ],
)
def test_hostile_archives_are_refused(kept, tmp_path, data, told):
    (tmp_path / "hostile.zip").write_bytes(data)

    done = kept.verify(tmp_path / "hostile.zip")

    assert done.status == 1
    assert told in done.out
    assert "\x1b" not in done.out


def test_links_in_an_archive_stay_what_they_are(kept, tmp_path):
    """Say in the directory that a file is a link: it is read as a file, and the lie is named."""
    data = kept.bundle.read_bytes().replace(struct.pack("<L", 0o100644 << 16), struct.pack("<L", 0o120777 << 16), 1)
    (tmp_path / "link.zip").write_bytes(data)

    done = kept.verify(tmp_path / "link.zip")

    assert done.status == 1
    assert f"{ATTESTATION}: byte" in done.out


def test_a_giant_is_not_read(kept, tmp_path):
    with (tmp_path / "giant.zip").open("wb") as file:
        file.truncate(3 * 2**30)

    done = kept.verify(tmp_path / "giant.zip")

    assert done.status == 2
    assert "larger than 2 GiB" in done.err


def test_large_hostile_files_are_read_in_bounded_memory(kept, tmp_path):
    size = 200 * 2**20
    with (tmp_path / "large.zip").open("wb") as file:
        file.write(stored((b"attestation.dsse.json", b"", {18: struct.pack("<LL", size, size)})))
        file.truncate(51 + size)
    program = (
        "import re, sys; from ctguard.cli import main; status = main(sys.argv[1:]); "
        # The most that this program itself held: getrusage counts what its parent held when it began, too.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "evidence", "verify", "large.zip", "--public-key", kept.folder / "key.pem.pub"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 160


@pytest.mark.parametrize("what", ["folder", "nothing", "no key", "private key"])
def test_what_cannot_be_checked_is_2(kept, tmp_path, what):
    bundle = {"folder": tmp_path, "nothing": tmp_path / "none.zip"}.get(what, kept.bundle)
    key = {"no key": "run.json", "private key": "key.pem"}.get(what, "key.pem.pub")

    done = kept.verify(bundle, key=key)

    assert done.status == 2
    assert len(done.err.strip().splitlines()) == 2
