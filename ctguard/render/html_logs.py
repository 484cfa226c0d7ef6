"""What `ctguard logs verify` found as one HTML file: the answer, the hours of each chain, what was found."""

from __future__ import annotations

from typing import Final

import ctguard
from ctguard.model.log_verification import LogVerification
from ctguard.render.html_page import page
from ctguard.render.timeline import timeline, told_in_words

HEADLINES: Final = {
    "valid": "Every hour of the window is proven",
    "invalid": "Log files were changed, removed, added or forged",
    "gap": "Part of the window is not proven",
    "error": "Not everything could be decided",
}
VERDICTS: Final = {"valid": "trusted", "invalid": "not_trusted", "gap": "undetermined", "error": "undetermined"}


def render(found: LogVerification) -> str:
    """Return the page; the same verification gives the same page."""
    window = found.window
    return page(
        "logs.html.j2",
        f"{window.start} to {window.end}  {found.trail_arn}",
        logs=found,
        headline=HEADLINES[found.status],
        verdict=VERDICTS[found.status],
        hours=timeline(found),
        logs_in_words=told_in_words(found),
        version=ctguard.__version__,
    )
