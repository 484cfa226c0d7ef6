"""What a bundle holds, and that its findings can be made again."""

from __future__ import annotations

import base64
import json
import shutil

import pytest

from ctguard import __version__
from tests.command import here
from tests.evidence.making import ATTESTATION, TRAIL, checks_of, contents_of, made, make, packed


def statement_of(bundle):
    envelope = json.loads(contents_of(bundle)[ATTESTATION])
    return json.loads(base64.b64decode(envelope["payload"]))


def test_a_bundle_holds_and_its_findings_are_made_again(kept, ctguard, tmp_path):
    shutil.copy(kept.bundle, tmp_path / "evidence.zip")  # nothing else of the place where it was made
    shutil.copy(kept.folder / "key.pem.pub", tmp_path)

    done = ctguard("evidence", "verify", "evidence.zip", "--public-key", "key.pem.pub")

    assert done.status == 0, done.out + done.err
    assert done.out.startswith("holds  evidence.zip\n")
    assert f"made by ctguard {__version__}, made again by {__version__}" in done.out


def test_a_bundle_names_everything_that_decides(kept):
    contents, statement = contents_of(kept.bundle), statement_of(kept.bundle)

    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert [one["name"] for one in statement["subject"]] == sorted(contents.keys() - {ATTESTATION})
    assert contents["inputs/infra/trail.tf"].decode() == TRAIL
    assert contents["run.json"] == (kept.folder / "run.json").read_bytes()
    assert {"reports/report.md", "rules/trust.yaml"} <= contents.keys()
    assert any(name.startswith("rules/frameworks/") for name in contents)
    assert statement["predicate"]["tool"]["ctguard"] == __version__
    assert statement["predicate"]["tool"]["packages"]["cryptography"]


def test_the_same_run_and_key_give_the_same_bytes(kept):
    first = kept.bundle.read_bytes()

    again = here(kept.folder, *kept.words[:-1], "again.zip")

    assert again.status == 0
    assert (kept.folder / "again.zip").read_bytes() == first


def test_the_archive_is_an_ordinary_one(kept):
    assert packed(contents_of(kept.bundle)) == kept.bundle.read_bytes()


def test_everything_that_the_scan_was_given_goes_into_the_bundle(tmp_path):
    module = tmp_path / "infra" / "modules" / "trail"
    module.mkdir(parents=True)
    (module / "main.tf").write_text('variable "name" {}\n' + TRAIL.replace('"audit"\n', "var.name\n", 1))
    (tmp_path / "infra" / "main.tf").write_text(
        'variable "region" {}\nvariable "trail" {}\n'
        'module "audit" {\n  source = "./modules/trail"\n  name   = var.trail\n}\n'
        'resource "aws_s3_bucket_policy" "p" {\n  bucket = "b"\n  policy = file("${path.module}/policy é.json")\n}\n'
    )
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    (tmp_path / "infra" / "policy é.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    (tmp_path / "infra" / "credentials.json").write_text('{"token": "kept-to-myself"}')
    (tmp_path / "prod.tfvars").write_text('region = "eu-west-1"\n')
    own = tmp_path / "own rules"
    own.mkdir()
    rule = here(tmp_path, "rules", "new", "own-rule", "--to", "own rules")
    options = ("--var-file", "prod.tfvars", "--var", "trail=audit", "--account", "111122223333", "--scope", "all")
    options += ("--rules", "own rules", "--ignore", "bucket-mfa-delete,trail-tags")

    one = made(tmp_path, scan=("infra", *options), given=("--input", "infra", *options))

    names = contents_of(one.bundle).keys()
    assert rule.status == 0
    assert {
        "inputs/infra/main.tf",
        "inputs/infra/modules/trail/main.tf",
        "inputs/infra/policy %C3%A9.json",
        "inputs/prod.tfvars",
        "inputs/own rules/own-rule.yaml",
    } <= names
    assert not [name for name in names if "credentials" in name]
    assert one.verify().status == 0


def test_inputs_may_lie_beside_the_folder_where_the_scan_began(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "trail.tf").write_text(TRAIL)

    one = made(work, scan=("../code",))

    shutil.rmtree(tmp_path / "code")
    assert one.verify().status == 0


def test_absolute_paths_are_refused(tmp_path):
    one = make(tmp_path, given=("--input", str(tmp_path / "infra")))

    done = here(tmp_path, *one.words)

    assert done.status == 2
    assert "is an absolute path" in done.err


def test_every_kind_of_input_can_be_bundled(tmp_path):
    template = {"Resources": {"Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": {"IsLogging": True}}}}
    template["Resources"]["Trail"]["Properties"]["S3BucketName"] = "logs"
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "template.json").write_text(json.dumps(template))
    (tmp_path / "infra" / "main.tf").write_text(TRAIL)

    one = made(tmp_path)

    assert {"inputs/infra/template.json", "inputs/infra/main.tf"} <= contents_of(one.bundle).keys()
    assert one.verify().status == 0


def test_what_log_verification_said_goes_along(tmp_path):
    (tmp_path / "verify.json").write_text('{"status": "valid"}')

    one = made(tmp_path, "--logs", "verify.json")

    assert contents_of(one.bundle)["logs.json"] == b'{"status": "valid"}'


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run: run["findings"].pop(0), " on aws_"),
        (lambda run: run["findings"][0].update(status="pass"), "pass in the run, fail when made again"),
        (lambda run: run["findings"][0].update(message="all is well"), "not the same: message"),
        (lambda run: run["trails"][0].update(verdict="trusted"), "trusted in the run, not_trusted when made again"),
        (lambda run: run["summary"].update(fail=0), "summary: not the same"),
        (lambda run: run["run"].update(inputs=[]), "run.inputs: not the same"),
        (lambda run: run["run"].update(rules_digest="sha256:0"), "run.rules_digest: not the same"),
    ],
)
def test_a_run_that_the_inputs_do_not_give_is_not_signed(tmp_path, change, told):
    one = make(tmp_path)
    run = json.loads((tmp_path / "run.json").read_text())
    change(run)
    (tmp_path / "run.json").write_text(json.dumps(run))

    done = here(tmp_path, *one.words)

    assert done.status == 2
    assert told in done.err
    assert not one.bundle.exists()


def test_a_signer_who_lies_about_a_finding_is_found_out(kept, tmp_path):
    """Sign a forged run with the very key, by other means than ctguard's: all holds but the findings."""
    contents = contents_of(kept.bundle)
    run = json.loads(contents["run.json"])
    failed = next(one for one in run["findings"] if one["status"] == "fail")
    failed["status"] = "pass"
    resigned(contents, kept, {"run.json": json.dumps(run).encode()})
    (tmp_path / "forged.zip").write_bytes(packed(contents))

    done = kept.verify(tmp_path / "forged.zip", "-f", "json")

    checks = checks_of(done)
    assert done.status == 1
    assert [name for name, (status, _) in checks.items() if status == "fails"] == ["findings"]
    name = f"{failed['rule_id']} on {failed['resource']['address']}"
    assert f"{name}: pass in the run, fail when made again" in checks["findings"][1]


def test_another_version_that_judges_otherwise_is_named_as_such(kept, tmp_path):
    contents = contents_of(kept.bundle)
    run = json.loads(contents["run.json"])
    run["tool"]["version"] = "0.0.9"
    run["findings"][0]["message"] = "in other words"
    resigned(contents, kept, {"run.json": json.dumps(run).encode()})
    (tmp_path / "older.zip").write_bytes(packed(contents))

    done = kept.verify(tmp_path / "older.zip")

    assert done.status == 2
    assert f"made by ctguard 0.0.9, made again by {__version__}, which may judge otherwise" in done.out
    assert "not the same: message" in done.out


@pytest.mark.parametrize("path", ["/etc", "../../../../etc", "inputs-elsewhere/../../.."])
def test_a_recipe_does_not_lead_out_of_the_bundle(kept, tmp_path, path):
    contents = contents_of(kept.bundle)
    resigned(contents, kept, {}, paths=[path])
    (tmp_path / "led-out.zip").write_bytes(packed(contents))

    done = kept.verify(tmp_path / "led-out.zip")

    assert done.status == 2
    assert f"{path}: leads out of the bundle" in done.out


def resigned(contents, kept, changes, **recipe):
    """Change files and the recipe, and sign the whole again with the key of `kept`."""
    import hashlib

    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    contents.update(changes)
    envelope = json.loads(contents[ATTESTATION])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    for subject in statement["subject"]:
        subject["digest"]["sha256"] = hashlib.sha256(contents[subject["name"]]).hexdigest()
    statement["predicate"]["recipe"].update(recipe)
    payload, kind = json.dumps(statement).encode(), envelope["payloadType"]
    key = load_pem_private_key((kept.folder / "key.pem").read_bytes(), None)
    signature = key.sign(f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload)
    envelope["payload"] = base64.b64encode(payload).decode()
    envelope["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    contents[ATTESTATION] = json.dumps(envelope, separators=(",", ":")).encode() + b"\n"


def test_the_configuration_with_waivers_and_a_baseline_goes_along(tmp_path):
    (tmp_path / "own").mkdir()
    assert here(tmp_path, "rules", "new", "own-rule", "--to", "own", "--no-config").status == 0
    assert here(tmp_path, "scan", "--no-config", "-q", "-o", "baseline.json").status == 2  # nothing yet
    (tmp_path / "ctguard.yaml").write_text(
        "rules: [own]\nbaseline: baseline.json\n"
        "parameters:\n  bucket-retention: {days: 2555}\n"
        "defaults:\n  scan: {ignore: [bucket-mfa-delete], fail-on: high}\n"
        "waivers:\n  - {rule: trail-multi-region, resource: aws_cloudtrail.audit, owner: me, reason: soon,"
        " expires: 2099-12-31}\n"
    )

    one = made(tmp_path)

    contents = contents_of(one.bundle)
    findings = json.loads(contents["run.json"])["findings"]
    assert {"inputs/ctguard.yaml", "inputs/baseline.json", "inputs/own/own-rule.yaml"} <= contents.keys()
    assert any(one["waiver"] for one in findings)
    assert not any(one["rule_id"] == "bucket-mfa-delete" for one in findings)
    for path in ("ctguard.yaml", "baseline.json"):
        (tmp_path / path).unlink()
    assert one.verify().status == 0


def test_a_waiver_is_judged_by_the_day_of_the_run(kept, tmp_path):
    (tmp_path / "ctguard.yaml").write_text(
        "waivers:\n  - {rule: trail-multi-region, resource: aws_cloudtrail.audit, owner: me, reason: soon,"
        " expires: 2026-03-31}\n"
    )
    one = made(tmp_path)
    here(tmp_path, "evidence", "verify", one.bundle, "--public-key", "key.pem.pub")
    contents = contents_of(one.bundle)
    run = json.loads(contents["run.json"])
    assert not any(finding["waiver"] for finding in run["findings"])
    run["run"]["started_at"] = "2026-03-31T23:59:59Z"
    resigned(contents, one, {"run.json": json.dumps(run).encode()})
    (tmp_path / "on-the-last-day.zip").write_bytes(packed(contents))

    done = one.verify(tmp_path / "on-the-last-day.zip")

    assert done.status == 1
    assert "trail-multi-region on aws_cloudtrail.audit: not the same: waiver" in done.out


def test_a_snapshot_is_an_input_like_any_other(tmp_path):
    snapshot = {
        "schema_version": "1",
        "kind": "ctguard-snapshot",
        "tool": "ctguard",
        "started_at": "2026-03-01T00:00:00Z",
        "finished_at": "2026-03-01T00:01:00Z",
        "accounts": [{"id": "111122223333", "regions": ["eu-west-1"]}],
        "calls": [
            {
                "account": "111122223333",
                "region": "eu-west-1",
                "service": "cloudtrail",
                "operation": "DescribeTrails",
                "reply": {"trailList": []},
                "time": "2026-03-01T00:00:30Z",
            }
        ],
    }
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot))
    one = make(tmp_path, scan=("snapshot.json",))

    done = here(tmp_path, *one.words)

    assert done.status == 0, done.err
    assert "inputs/snapshot.json" in contents_of(one.bundle)
    assert "findings, all the same when made again" in done.out
