"""Parse and do nothing else: what no scan in this language can go below.

    python -m benchmarks.scan.floor terraform|template|plan PATH

With the parsers that ctguard uses: tree-sitter, libyaml, and for a plan msgspec, into plain values.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

ENDINGS = {"terraform": "**/*.tf", "template": "**/*.yaml", "plan": "**/*.json"}


def _terraform() -> Callable[[bytes], object]:
    import tree_sitter_hcl
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_hcl.language())).parse


def _template() -> Callable[[bytes], object]:
    from yaml import CSafeLoader

    return lambda content: CSafeLoader(content).get_single_node()


def _plan() -> Callable[[bytes], object]:
    import msgspec

    return msgspec.json.decode


PARSERS = {"terraform": _terraform, "template": _template, "plan": _plan}


def main(kind: str, path: Path) -> None:
    """Parse each file of a kind at `path`."""
    gc.disable()
    parse = PARSERS[kind]()
    for file in sorted(path.glob(ENDINGS[kind])) if path.is_dir() else [path]:
        parse(file.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
