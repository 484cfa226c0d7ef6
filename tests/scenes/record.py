"""Let Terraform itself write down the plans and states of the scenes and examples, and an audit what it made.

    python -m tests.scenes.record             all of them
    python -m tests.scenes.record complete    one

Needs the terraform binary, the AWS provider (a filesystem mirror named by
TF_CLI_CONFIG_FILE) and `moto[server]`, which answers in the place of AWS. The
forms for CloudFormation are written by hand, but for the change sets (`change_sets`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.front import Front, front

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
ACCOUNT = "111122223333"
REGION = "eu-central-1"
PLAN, STATE, STATE_FILE, SNAPSHOT = "plan.json", "state.json", "terraform.tfstate", "snapshot.json"


@dataclass(frozen=True)
class Recording:
    """What is recorded of one folder of Terraform files."""

    folder: Path
    to: Path
    plan: str = PLAN
    variables: dict[str, str] = field(default_factory=dict)
    around: str = ""
    """A root module that calls the folder as a module; the folder itself when empty."""
    applied: bool = False


OPEN_AROUND = """\
# Values that are known only after apply, where the scene has variables without a value.
resource "terraform_data" "later" {
  input = {
    bucket       = "acme-late"
    everywhere   = true
    validated    = true
    retention    = 400
    key          = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    versioning   = "Enabled"
    rotation     = true
    organization = "o-exampleorgid"
  }
}

module "scene" {
  source = "./scene"

  log_bucket    = terraform_data.later.output.bucket
  all_regions   = terraform_data.later.output.everywhere
  validate      = terraform_data.later.output.validated
  retention     = terraform_data.later.output.retention
  key_arn       = terraform_data.later.output.key
  versioning    = terraform_data.later.output.versioning
  rotate        = terraform_data.later.output.rotation
  organization  = terraform_data.later.output.organization
}
"""

RECORDINGS = {
    "complete": Recording(HERE / "complete/terraform", HERE / "complete", applied=True),
    "broken": Recording(HERE / "broken/terraform", HERE / "broken", applied=True),
    "open": Recording(HERE / "open/terraform", HERE / "open", around=OPEN_AROUND),
    "example-good": Recording(EXAMPLES / "good/terraform", EXAMPLES / "good/plan", plan="tfplan.json"),
    "example-bad": Recording(
        EXAMPLES / "bad/terraform", EXAMPLES / "bad/plan", plan="tfplan.json", variables={"org_id": "o-exampleorgid"}
    ),
}


def main(names: list[str]) -> None:
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    for name in names or RECORDINGS:
        with front() as aws:
            aws.enable(REGION, "us-east-1")
            record(RECORDINGS[name], aws)
        print(f"recorded {name}")


def record(recording: Recording, aws: Front) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        scene = root / "scene" if recording.around else root
        shutil.copytree(recording.folder, scene, dirs_exist_ok=True)
        if recording.around:
            (root / "main.tf").write_text(recording.around)
        (root / "record_override.tf").write_text('provider "aws" {\n  s3_use_path_style = true\n}\n')
        terraform = Terraform(root, aws.url, recording.variables)
        terraform("init")
        terraform("plan", "-out", "p")
        recording.to.mkdir(exist_ok=True)
        (recording.to / recording.plan).write_bytes(presentable(terraform("show", "-json", "p")))
        if recording.applied:
            apply(terraform)
            # What a bucket got from its split resources shows in the bucket itself only from the next refresh on.
            terraform("apply", "-auto-approve", "-refresh-only")
            (recording.to / STATE).write_bytes(presentable(terraform("show", "-json")))
            (recording.to / STATE_FILE).write_bytes(presentable((root / STATE_FILE).read_bytes()))
            (recording.to / SNAPSHOT).write_bytes(presentable(audited(root, aws)))


def apply(terraform: Terraform) -> None:
    """Apply the plan; where moto wants things in an order that the code does not have, what is left comes in a second go."""
    try:
        terraform("apply", "-auto-approve", "p")
    except SystemExit:
        terraform("apply", "-auto-approve")


def audited(folder: Path, aws: Front) -> bytes:
    """Return the snapshot of an audit by all rules."""
    words = ["audit", "--select", "*", "--scope", "all", "--snapshot", SNAPSHOT, "--quiet"]
    environment = os.environ | aws.environment | {"AWS_DEFAULT_REGION": REGION, "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, "-m", "ctguard", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if not (folder / SNAPSHOT).exists():
        raise SystemExit(f"ctguard audit: {done.stderr.decode()}")
    return (folder / SNAPSHOT).read_bytes()


def presentable(recorded: bytes) -> bytes:
    """Replace moto's user id, which looks like an access key to those who search repositories for keys."""
    return recorded.replace(b"AKIAIOSFODNN7EXAMPLE", b"AIDACKCEVSTACKEXAMPLE")


@dataclass(frozen=True)
class Terraform:
    """The binary, in one folder, against one endpoint."""

    folder: Path
    endpoint: str
    variables: dict[str, str]

    def __call__(self, *words: str) -> bytes:
        environment = os.environ | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": REGION,
            "CHECKPOINT_DISABLE": "1",
            **{f"TF_VAR_{name}": value for name, value in self.variables.items()},
        }
        done = subprocess.run(["terraform", *words], cwd=self.folder, env=environment, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"terraform {' '.join(words)}: {done.stderr.decode()}{done.stdout.decode()}")
        return done.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
