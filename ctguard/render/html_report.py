"""The report as one HTML file: no request, no script needed, nothing of the run obeyed.

Texts of a run are data in every template: escaped, with hidden characters made
visible. The page's own style and script are named by hash in its content
security policy, so that nothing else can ever run in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ctguard.model.errors import UsageError
from ctguard.model.finding import Run
from ctguard.model.visible import shortened, visible, visible_lines
from ctguard.render.html_view import View, view_of
from ctguard.render.outline import joint
from ctguard.render.trail_drawing import drawings

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

VIEWS: Final = {"engineer": "engineer.html.j2"}
PACKAGE: Final = Path(__file__).parent.parent
LONGEST: Final = 2000
LONGEST_BLOCK: Final = 8000


def render(run: Run, *, view: str = "engineer") -> str:
    """Return the page in one of `VIEWS`; raise UsageError for a view that is not there."""
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r}", hint=f"the views are {', '.join(VIEWS)}")
    from markupsafe import Markup

    folder = templates_folder()
    style = (folder / "report.css").read_text(encoding="utf-8")
    script = (folder / "report.js").read_text(encoding="utf-8")
    template = _environment(folder).get_template(VIEWS[view])
    model: View = view_of(run)
    drawn, undrawn = drawings(run, model.anchors)
    return template.render(
        drawings=drawn,
        undrawn=undrawn,
        page=model,
        run=run,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        style_hash=_hash(style),
        script_hash=_hash(script),
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


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
