"""Ask the real terraform what the expressions of `expressions.txt` are and save it in `answers.json`.

    python -m tests.sources.terraform.hcl.record_answers [terraform]

Expressions are parted by lines of `---` and may refer to the local values of
`LOCALS`. An answer is the JSON text of the value, or null where Terraform refuses
the expression. Terraform 1.11 or later; nothing is fetched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LOCALS = """
locals {
  text    = "str"
  number  = 5
  yes     = true
  nothing = null
  list    = ["a", "b"]
  empty   = []
  map     = { a = 1, b = 2 }
  objects = [{ n = "x", v = [1, 2] }, { n = "y", v = [3] }]
  nested  = { one = { two = { three = [10, 20] } } }
}
"""


def expressions() -> list[str]:
    """Return the expressions to ask for, in order."""
    text = (HERE / "expressions.txt").read_text(encoding="utf-8")
    return [part.strip("\n") for part in text.split("\n---\n")]


def configuration(expression: str) -> str:
    """Return a configuration in which `expression` is the local value `answer`."""
    return f"{LOCALS}\nlocals {{\n  answer = {expression}\n}}\n"


def ask(expression: str, terraform: str) -> str | None:
    """Return Terraform's JSON text of the value, or None where it refuses."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(configuration(expression), encoding="utf-8")
        done = subprocess.run(
            [terraform, "console", "-no-color"],
            input="jsonencode(local.answer)\n",
            cwd=folder,
            env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )
    answer = done.stdout.strip()
    return json.loads(answer) if done.returncode == 0 and answer.startswith('"') else None


def main() -> None:
    """Record all answers."""
    terraform = sys.argv[1] if len(sys.argv) > 1 else "terraform"
    answers = [{"expression": each, "answer": ask(each, terraform)} for each in expressions()]
    (HERE / "answers.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(answers)} answers, {sum(each['answer'] is None for each in answers)} of them refusals")


if __name__ == "__main__":
    main()
