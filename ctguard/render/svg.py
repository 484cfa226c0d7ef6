"""Pieces of inline SVG for the HTML report: elements with escaped attributes and texts, and a drawing with its words.

Colours are the page's: elements bear classes, the style of the report says what
they look like in light, in dark and on paper. Nothing a stranger wrote becomes
markup, and nothing hidden stays hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

from ctguard.model.visible import shortened, visible

LONGEST: Final = 300
ELLIPSIS: Final = "\u2026"

Number = int | float


def element(name: str, *children: Markup, **attributes: str | Number | None) -> Markup:
    """Return `<name attribute="...">children</name>`; `class_` is `class`, `_` in a name is `-`, None leaves it out."""
    stated = Markup("").join(
        Markup(' {}="{}"').format(Markup(key.rstrip("_").replace("_", "-")), plain(value))  # noqa: S704 - our words
        for key, value in attributes.items()
        if value is not None
    )
    tag = Markup(name)  # noqa: S704 - our words
    return Markup("<{0}{1}>{2}</{0}>").format(tag, stated, Markup("").join(children))


def plain(value: str | Number) -> str:
    """Return a number in few digits, a text of the run in one line, nothing hidden."""
    if isinstance(value, str):
        return visible(shortened(value, LONGEST))
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def words(text: str, x: Number, y: Number, class_: str, at_most: int = LONGEST, **more: str | Number | None) -> Markup:
    """Return a text; one longer than `at_most` characters is cut in its middle, where names differ least."""
    return element("text", escape(cut(plain(text), at_most)), x=x, y=y, class_=class_, **more)


def cut(text: str, at_most: int) -> str:
    """Return `text` with an ellipsis in the middle where it is longer than `at_most`."""
    if len(text) <= at_most:
        return text
    end = (at_most - 1) // 2
    return f"{text[: at_most - 1 - end]}{ELLIPSIS}{text[-end:]}"


def title(text: str) -> Markup:
    """Return what a pointer that rests on an element is told."""
    return element("title", escape(plain(text)))


def icon(name: str, x: Number, y: Number, size: Number = 14) -> Markup:
    """Return one of the page's own symbols."""
    return element("use", href=f"#i-{name}", x=x, y=y, width=size, height=size, class_=f"mark {name}")


def drawing(
    children: Iterable[Markup],
    *,
    anchor: str,
    name: str,
    about: str,
    width: Number,
    height: Number,
    class_: str,
    top: Number = 0,
) -> Markup:
    """Return a whole drawing, `width` by `height`, that says its name and what it shows to who cannot see it.

    It is a group and no picture: what links it has can be reached.
    """
    told = (
        element("title", escape(plain(name)), id=f"{anchor}-title"),
        element("desc", escape(plain(about)), id=f"{anchor}-desc"),
    )
    return element(
        "svg",
        *told,
        *children,
        class_=class_,
        viewBox=f"0 {plain(top)} {plain(width)} {plain(height)}",
        width=width,
        height=height,
        role="group",
        aria_labelledby=f"{anchor}-title",
        aria_describedby=f"{anchor}-desc",
    )
