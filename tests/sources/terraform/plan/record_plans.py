"""Let the real terraform plan and apply `module/`, and save what it shows in `recorded/`.

    python -m tests.sources.terraform.plan.record_plans [terraform]

Only Terraform's own resources are used, so nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    terraform = sys.argv[1] if len(sys.argv) > 1 else "terraform"
    recorded = HERE / "recorded"
    recorded.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "module"
        shutil.copytree(HERE / "module", folder)

        def run(*arguments: str) -> str:
            environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
            done = subprocess.run(
                [terraform, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
            )
            return done.stdout

        def save_plan(file: str, *arguments: str) -> None:
            run("plan", "-input=false", "-out=saved", *arguments)
            (recorded / f"{file}.json").write_text(run("show", "-json", "saved"), encoding="utf-8")

        run("init", "-input=false")
        save_plan("create")
        run("apply", "saved")
        (recorded / "state.json").write_text(run("show", "-json"), encoding="utf-8")
        shutil.copy(folder / "terraform.tfstate", recorded / "terraform.tfstate.json")
        save_plan("no_changes")
        save_plan("refresh_only", "-refresh-only")
        save_plan("destroy", "-destroy")
        save_plan("targeted", "-target=terraform_data.local", "-var=label=second")
        save_plan("update", "-var=label=second")
        save_plan("replace", "-replace=terraform_data.origin")


if __name__ == "__main__":
    main()
