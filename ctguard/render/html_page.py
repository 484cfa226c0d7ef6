"""What every HTML page of ctguard is made with: its templates, its style, its policy, and how texts are shown.

Texts of a run are data in every template: escaped, with hidden characters made
visible. The page's own style and script are named by hash in its content
security policy, so that nothing else can ever run in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ctguard.model.visible import shortened, visible, visible_lines
from ctguard.render.outline import joint

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

PACKAGE: Final = Path(__file__).parent.parent
LONGEST: Final = 2000
LONGEST_BLOCK: Final = 8000
LONGEST_FOOT: Final = 90


def page(template: str, foot: str, **shown: Any) -> str:
    """Return the page that a template makes of what is shown; `foot` stands at the foot of each printed sheet."""
    from markupsafe import Markup

    folder = templates_folder()
    style = (folder / "report.css").read_text(encoding="utf-8") + _foot(foot)
    script = (folder / "report.js").read_text(encoding="utf-8")
    return (
        _environment(folder)
        .get_template(template)
        .render(
            **shown,
            style=Markup(style),  # noqa: S704 - our own file, and a text of which no character is left as it was
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def templates_folder() -> Path:
    """Return the folder of the templates: inside an installed package, or beside it in a checkout."""
    installed = PACKAGE / "_shipped" / "reports"
    return installed if installed.is_dir() else PACKAGE.parent / "reports"


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["block"] = _block
    environment.filters["as_json"] = _as_json
    environment.globals["joint"] = joint
    return environment


def _shown(value: Any) -> Any:
    """Return what an expression of a template shows: a text of the run in one line, shortened, nothing hidden."""
    if type(value) is not str:
        return value
    return visible(shortened(value, LONGEST))


def _block(text: str) -> Markup:
    """Return a text that keeps its lines (a snippet)."""
    from markupsafe import escape

    return escape(visible_lines(shortened(text.strip("\n"), LONGEST_BLOCK)))


def _as_json(value: Any) -> Markup:
    """Return a witness as it is, for the reader who wants to send it."""
    return _block(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _foot(text: str) -> str:
    """Return the style of a printed sheet's foot: scope, date and digest, since a sheet may be read alone.

    All but letters and digits are written as CSS escapes: no text can end the string or the style.
    """
    said = visible(shortened(text, LONGEST_FOOT))
    escaped = re.sub(r"[^A-Za-z0-9]", lambda match: f"\\{ord(match[0]):06x}", said)
    box = f'@bottom-left {{ content: "{escaped}"; font: 7.5pt sans-serif; color: #555; }}'
    return f"\n@media print {{ @page {{ {box} }} }}\n"


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
