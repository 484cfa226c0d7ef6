"""Ways in which a sound input goes wrong: in its bytes, in its words, in its structure.

Everything is drawn by hypothesis, so that what is found shrinks to what matters.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

Edit: TypeAlias = tuple[str, float, int, str]

FRACTIONS = st.floats(0, 1, exclude_max=True)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(["", "*", "arn:aws:s3:::x", "arn:aws:::::", "${x}", "\0", "\u202e", "a" * 5_000, "{", "true"]),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def edits(words: Sequence[str]) -> st.SearchStrategy[list[Edit]]:
    """Return edits of a text: what is done, where, over how many characters, and with which word."""
    return st.lists(
        st.tuples(
            st.sampled_from(["insert", "delete", "replace", "repeat", "cut"]),
            FRACTIONS,
            st.integers(1, 40),
            st.sampled_from(words) | st.text(max_size=6),
        ),
        min_size=1,
        max_size=8,
    )


def edited(text: str, several: Sequence[Edit]) -> str:
    """Return `text` after some edits."""
    for what, where, length, word in several:
        at = int(where * (len(text) + 1))
        before, piece, after = text[:at], text[at : at + length], text[at + length :]
        text = {
            "insert": before + word + piece + after,
            "delete": before + after,
            "replace": before + word + after,
            "repeat": before + piece * min(50, length) + after,
            "cut": before,
        }[what]
    return text


def texts(seeds: Sequence[str], words: Sequence[str]) -> st.SearchStrategy[str]:
    """Return sound texts with a few edits."""
    return st.builds(edited, st.sampled_from(seeds), edits(words))


def trees(seeds: Sequence[Any], odd: st.SearchStrategy[Any] = TREES) -> st.SearchStrategy[Any]:
    """Return sound structures in which a few parts are replaced, moved, copied or gone."""
    changes = st.lists(
        st.tuples(st.sampled_from(["replace", "remove", "copy", "rename", "wrap"]), FRACTIONS, FRACTIONS, odd),
        min_size=1,
        max_size=5,
    )
    return st.builds(_changed, st.sampled_from(range(len(seeds))).map(lambda index: seeds[index]), changes)


def _changed(tree: Any, changes: Sequence[tuple[str, float, float, Any]]) -> Any:
    tree = copy.deepcopy(tree)
    for what, where, other, value in changes:
        places = list(_places(tree))
        if not places:
            break
        holder, key = places[int(where * len(places))]
        source, name = places[int(other * len(places))]
        if what == "remove":
            del holder[key]
        elif what == "rename" and isinstance(holder, dict):
            holder[str(value)[:20]] = holder.pop(key)
        elif what == "copy":
            holder[key] = copy.deepcopy(source[name])
        elif what == "wrap":
            holder[key] = [holder[key], value]
        else:
            holder[key] = value
    return tree


def _places(tree: Any) -> Any:
    """Yield every part of a tree as its holder and its key."""
    level = [tree]
    while level:
        following: list[Any] = []
        for holder in level:
            keys = holder if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
            for key in list(keys):
                yield holder, key
                following.append(holder[key])
        level = following


def written(tree: Any) -> str:
    """Return a tree as JSON; what JSON has no word for is written as its text."""
    return json.dumps(tree, default=str)


Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
