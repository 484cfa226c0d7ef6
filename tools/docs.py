"""Write what is generated: a page for every rule, their index, the schema of ctguard.yaml, the pictures in the README.

python tools/docs.py            write
python tools/docs.py --check    exit with 1 when something is out of date
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from ctguard.engine.pack import load_pack
from ctguard.engine.rule_page import page
from ctguard.model.finding import Control
from ctguard.run.config_file import json_schema

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "docs" / "rules"
FRAMEWORKS = ROOT / "docs" / "frameworks.md"
CONFIG_SCHEMA = ROOT / "ctguard" / "schemas" / "config.schema.json"
PICTURE = ROOT / "docs" / "images" / "scan.svg"
SHOWN_LINES = 44
THEME = TerminalTheme(
    (18, 22, 28),
    (214, 219, 226),
    [
        (40, 44, 52),
        (224, 108, 117),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (171, 178, 191),
    ],
    [
        (92, 99, 112),
        (240, 128, 137),
        (172, 215, 141),
        (239, 206, 143),
        (127, 195, 249),
        (218, 140, 241),
        (116, 202, 214),
        (255, 255, 255),
    ],
)


def pages() -> Iterator[tuple[Path, str]]:
    """Yield every generated text file and what it should hold."""
    rules = load_pack().rules.values()
    index = ["# Rules", "", "Made from the rules themselves by `python3 dev.py docs`. A star: off by default.", ""]
    index += ["| rule | severity | what must hold |", "|---|---|---|"]
    for rule in rules:
        index.append(f"| [{rule.id}]({rule.id}.md){' *' if rule.opt_in else ''} | {rule.severity} | {rule.title} |")
        yield RULES / f"{rule.id}.md", page(rule)
    yield RULES / "README.md", "\n".join(index) + "\n"
    yield FRAMEWORKS, frameworks()
    yield CONFIG_SCHEMA, json.dumps(json_schema(), indent=2) + "\n"


def frameworks() -> str:
    """Return the page that lists every control, how far rules answer it, and which."""
    pack = load_pack()
    lines = ["# Frameworks", "", INTRODUCTION]
    for framework in sorted(pack.frameworks.values(), key=lambda one: str(one["id"])):
        lines += [
            "",
            f"## {framework['title']}",
            "",
            f"`--framework {framework['id']}`. {framework['note'].strip()}",
            "",
        ]
        lines += ["| control | in our words | | rules |", "|---|---|---|---|"]
        for number, control in framework["controls"].items():
            here = Control(framework["id"], number)
            rules = [f"[{rule.id}](rules/{rule.id}.md)" for rule in pack.rules.values() if here in rule.controls]
            lines.append(f"| {number} | {control['title']} | {control['mark']} | {', '.join(rules)} |")
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
Made from `rules/frameworks/` by `python3 dev.py docs`. What the rules say of a control:

- **decided**: the rules answer what the control asks for.
- **partly**: the control asks for more: other buckets and keys than those of a trail, or what people do.
- **outside**: no setting of a trail could show it; listed so that nobody looks for it.

Which rules bear on which control is our reading. An assessor decides what is enough."""


def picture() -> str:
    """Return the terminal after a scan of the bad example, as SVG."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "scan", "examples/bad/terraform"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.rstrip("\n").split("\n")
    shown = [*lines[:SHOWN_LINES], "\x1b[2m...\x1b[0m", *lines[-2:]]
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("$ ctguard scan examples/bad/terraform\n\n" + "\n".join(shown)))
    return console.export_svg(title="ctguard", theme=THEME, unique_id="ctguard")


PROGRAM = (
    "import os, sys; os.environ['COLUMNS'] = '100'; import ctguard.cli.output as output; "
    "output._colored = lambda: True; from ctguard.cli import main; sys.exit(main(sys.argv[1:]))"
)


def main() -> int:
    """Write what is out of date, or only say so."""
    wanted = {**dict(pages()), PICTURE: picture()}
    stray = [path for path in RULES.glob("*.md") if path not in wanted]
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in (*stale, *stray):
            print(f"{path.relative_to(ROOT)}: out of date; run: python3 dev.py docs")
        return 1 if stale or stray else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in stray:
        path.unlink()
    print(f"{len(stale)} written, {len(stray)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
