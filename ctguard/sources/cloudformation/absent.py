"""The value of `AWS::NoValue`, which takes away what it is the value of.

It lives only inside of an evaluation: a declaration's values never hold it.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class _Absent(Enum):
    ABSENT = "AWS::NoValue"


ABSENT: Final = _Absent.ABSENT
