"""A value of a type that AWS never gives makes unknown what hangs on it: no traceback, and no pass for it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ctguard.sources.snapshot.facts import Call
from tests.sources.snapshot.recorded import Recorded, verdicts
from tests.sources.snapshot.test_missing_knowledge import BROKEN

OTHER_TYPES: tuple[Any, ...] = (7, True, "odd", [5], ["odd"], {"odd": 1})
Path = tuple[str | int, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in members:
        yield (*path, step)
        yield from paths(member, (*path, step))


def mutated(call: Call, part: str, path: Path, value: Any) -> Call:
    whole = copy.deepcopy(getattr(call, part))
    *way, last = path
    holder = whole
    for step in way:
        holder = holder[step]
    holder[last] = value
    return replace(call, **{part: whole})


def places(calls: list[Call]) -> list[tuple[int, str, Path]]:
    return [
        (index, part, path)
        for index, call in enumerate(calls)
        for part in ("reply", "parameters")
        for path in paths(getattr(call, part))
    ]


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), broken=st.sampled_from(sorted(BROKEN)))
def test_a_value_of_another_type_is_never_a_pass(tmp_path, data, broken):
    account = BROKEN[broken](Recorded())
    index, part, path = data.draw(st.sampled_from(places(account.calls)))
    old = at(getattr(account.calls[index], part), path)
    value = data.draw(st.sampled_from([one for one in OTHER_TYPES if type(one) is not type(old)]))
    calls = list(account.calls)
    calls[index] = mutated(calls[index], part, path, value)

    before, after = verdicts(account.run(tmp_path)), verdicts(Recorded(calls).run(tmp_path))

    better = [key for key, now in after.items() if now == "pass" and before.get(key) in ("fail", "unknown", None)]
    assert not better, (calls[index].operation, part, path, old, value)
