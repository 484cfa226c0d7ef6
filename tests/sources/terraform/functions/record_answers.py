"""Ask the real terraform for the answers to the calls of `calls.txt` and save them in `answers.json`.

    python -m tests.sources.terraform.functions.record_answers [terraform]

An answer is the JSON text that Terraform writes of the result, or null where it
refuses the call. Terraform 1.11 or later; nothing is fetched.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ERROR = "refused"
QUESTION = "nonsensitive(base64encode(jsonencode(local.answers)))\n"


def calls() -> list[str]:
    """Return the expressions of `calls.txt`, without the mark that some of them bear."""
    lines = (HERE / "calls.txt").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix("? ").removeprefix("~ ") for line in lines if line and not line.startswith("#")]


def answers(expressions: list[str], folder: Path, terraform: str) -> list[str | None]:
    """Return Terraform's answers; an answer that Terraform itself does not know yet stands for a refusal."""
    found = asked(expressions, folder, terraform)
    if found is not None:
        return [None if answer == ERROR else answer for answer in found]
    if len(expressions) == 1:
        raise SystemExit(f"no answer: {expressions[0]}")
    half = len(expressions) // 2
    return answers(expressions[:half], folder, terraform) + answers(expressions[half:], folder, terraform)


def asked(expressions: list[str], folder: Path, terraform: str) -> list[str] | None:
    """Ask for all answers at once; None when one of them cannot be given."""
    guarded = "".join(f'    try(jsonencode([{expression}]), "{ERROR}"),\n' for expression in expressions)
    (folder / "main.tf").write_text(f"locals {{\n  answers = [\n{guarded}  ]\n}}\n", encoding="utf-8")
    done = subprocess.run(
        [terraform, "console"],
        input=QUESTION,
        cwd=folder,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    answer = done.stdout.strip()
    return json.loads(base64.b64decode(answer.strip('"'))) if answer.startswith('"') else None


def main() -> None:
    terraform = sys.argv[1] if len(sys.argv) > 1 else "terraform"
    expressions = calls()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "module"
        shutil.copytree(HERE / "folder", folder)
        recorded = dict(zip(expressions, answers(expressions, folder, terraform), strict=True))
    text = json.dumps(recorded, indent=0, ensure_ascii=True)
    (HERE / "answers.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
