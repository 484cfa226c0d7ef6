"""Where a YAML template has comments: PyYAML drops them, so they are what no token of libyaml covers."""

from __future__ import annotations

import yaml


def line_comments(data: bytes) -> list[int]:
    """Return the lines, from 1, that hold a `#` comment and nothing else; none of what is no YAML.

    What looks like one in a block scalar or in quotes is none.
    """
    text = data.decode(errors="replace")
    try:
        texts = [
            (token.start_mark.index, token.end_mark.index)
            for token in yaml.scan(text, Loader=yaml.CSafeLoader)
            if isinstance(token, yaml.ScalarToken)
        ]
    except yaml.YAMLError:
        return []
    found: list[int] = []
    at, begin = 0, 0
    for number, line in enumerate(text.split("\n"), start=1):
        sign = begin + len(line) - len(line.lstrip(" \t"))
        while at < len(texts) and texts[at][1] <= sign:
            at += 1
        if text.startswith("#", sign) and not (at < len(texts) and texts[at][0] <= sign):
            found.append(number)
        begin += len(line) + 1
    return found
