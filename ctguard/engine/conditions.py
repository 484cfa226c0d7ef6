"""Evaluate a rule's condition on a resource, and say of each part what was found.

The logic is Kleene's: an unknown value makes a condition unknown unless the rest
decides. Each comparison leaves a `Leaf` behind: path, expected, actual, place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.engine.comparison import expected_text, shown, stands
from ctguard.engine.judgements import judge
from ctguard.engine.outcome import Context, Outcome
from ctguard.engine.rule import AllOf, AnyOf, Compare, Condition, Items, Judge, Not
from ctguard.model.finding import Leaf
from ctguard.model.location import Location, Path
from ctguard.model.logic import Status, all_hold, any_holds, negated
from ctguard.model.resource import Resource
from ctguard.model.values import PartialList, PartialMap, Unknown, Value

NOTHING_THERE: Final = "0 of 0"


class Found(Struct, frozen=True):
    """The value at a path, how to show the path, and where it is written."""

    value: Value
    shown: str
    resource: Resource
    at: Path

    @property
    def location(self) -> Location | None:
        return self.resource.places.at(self.at)


def evaluate(condition: Condition, context: Context) -> Outcome:
    """Return whether `condition` holds in `context`, with its explanation."""
    match condition:
        case Compare():
            return _compare(condition, context)
        case Items():
            return _items(condition, context)
        case AllOf(conditions):
            return joined(all_hold, [evaluate(one, context) for one in conditions])
        case AnyOf(conditions):
            return joined(any_holds, _alternatives([evaluate(one, context) for one in conditions]))
        case Not(inner):
            outcome = evaluate(inner, context)
            return Outcome(negated(outcome.status), tuple(map(_negated, outcome.leaves)), outcome.unknowns)
        case Judge(name, arguments):
            return _judged(name, {key: _operand(value, context) for key, value in arguments.items()}, context)


def _judged(name: str, arguments: dict[str, Value], context: Context) -> Outcome:
    """Ask a judgement; behind a link it speaks of the resource that is found there."""
    if not isinstance(context.item, Resource):
        return judge(name, context, arguments)
    outcome = judge(name, Context(context.inventory, context.item, context.parameters), arguments)
    leaves = (replace(leaf, path=f"{context.shown_prefix}.{leaf.path}") for leaf in outcome.leaves)
    return replace(outcome, leaves=tuple(leaves))


def _alternatives(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Number the leaves of conditions of which one is enough, those that decide first.

    Where none holds, those that had nothing to look at explain nothing and are left out.
    """
    status = any_holds(outcome.status for outcome in outcomes)
    ordered = sorted(outcomes, key=lambda outcome: outcome.status is not status)
    if status is Status.FAIL:
        found = (replace(one, leaves=tuple(filter(_found_something, one.leaves))) for one in ordered)
        ordered = [one for one in found if one.leaves] or ordered
    if len(ordered) < 2:
        return ordered
    return [
        replace(one, leaves=tuple(replace(leaf, alternative=number) for leaf in one.leaves))
        for number, one in enumerate(ordered, 1)
    ]


def _found_something(leaf: Leaf) -> bool:
    return leaf.actual != NOTHING_THERE


def find(path: str, context: Context) -> Found:
    """Return the value at `path`: an attribute, a field of the list entry at hand, or what links lead to."""
    if context.in_item and not isinstance(context.item, Resource):
        value = _field(context.item, path)
        return Found(value, f"{context.shown_prefix}.{path}", context.resource, (*context.prefix, path))
    resource = context.item if context.in_item else context.resource
    shown_path = f"{context.shown_prefix}." if context.shown_prefix else ""
    rest = path
    while True:
        if rest in resource.attributes:
            return Found(resource[rest], shown_path + rest, resource, (rest,))
        name, _, rest = rest.partition(".")
        link = next(one for one in resource.kind.links if one.name == name)
        target = context.inventory.follow(resource, name)
        if not isinstance(target, Resource) or not rest:
            at = (link.by,) if link.by else ()
            return Found(target, shown_path + name, resource, at)
        shown_path += f"{name}."
        resource = target


def _field(item: Value, name: str) -> Value:
    if isinstance(item, PartialMap):
        return item.items.get(name, item.rest)
    return item.get(name) if isinstance(item, dict) else item


def _compare(condition: Compare, context: Context) -> Outcome:
    found = find(condition.path, context)
    operand = _operand(condition.operand, context)
    status, unknown = stands(found.value, condition.test, operand)
    leaf = Leaf(
        path=found.shown,
        expected=expected_text(condition.test, operand),
        actual=shown(found.value),
        status=status,
        because=str(unknown) if unknown else "",
        location=found.location,
    )
    return Outcome(status, (leaf,), (unknown,) if unknown and status is Status.UNKNOWN else ())


def _operand(operand: Value, context: Context) -> Value:
    """Return the operand, or the value of the parameter that it names (`$retention_days`)."""
    if isinstance(operand, str) and operand.startswith("$"):
        return context.parameters[operand[1:]]
    return operand


def _negated(leaf: Leaf) -> Leaf:
    """Return a leaf as it reads under a `not`."""
    opposite = leaf.expected.removeprefix("not ") if leaf.expected.startswith("not ") else f"not {leaf.expected}"
    return replace(leaf, expected=opposite, status=negated(leaf.status), alternative=0)


def joined(join: Any, outcomes: Sequence[Outcome]) -> Outcome:
    """Join outcomes; the leaves kept first are those that decided."""
    status: Status = join(outcome.status for outcome in outcomes)
    ordered = sorted(outcomes, key=lambda outcome: outcome.status is not status)
    return Outcome(
        status,
        tuple(leaf for outcome in ordered for leaf in outcome.leaves),
        tuple(unknown for outcome in outcomes for unknown in outcome.unknowns) if status is Status.UNKNOWN else (),
        next((outcome.witness for outcome in ordered if outcome.witness), None),
    )


def _items(condition: Items, context: Context) -> Outcome:
    found = find(condition.path, context)
    if isinstance(found.value, Unknown):
        leaf = Leaf(
            found.shown, _quantified(condition), shown(found.value), Status.UNKNOWN, str(found.value), found.location
        )
        return Outcome(Status.UNKNOWN, (leaf,), (found.value,))
    picked = [one for one in _each(condition, found, context) if one is not None]
    rest = found.value.rest if isinstance(found.value, PartialList) else None
    judged = [outcome.status for outcome in picked] + ([Status.UNKNOWN] if rest else [])
    if condition.quantifier == "none":
        judged = [negated(one) for one in judged]
    status = any_holds(judged) if condition.quantifier == "some" else all_hold(judged)
    fulfilled = sum(outcome.status is Status.PASS for outcome in picked)
    leaf = Leaf(
        path=found.shown,
        expected=_quantified(condition),
        actual=f"{fulfilled} of {len(picked)}" + (" that are known" if rest else ""),
        status=status,
        because=str(rest) if rest and status is Status.UNKNOWN else "",
        location=found.location,
    )
    decisive = [outcome for outcome in picked if _decides(outcome.status, condition, status)]
    return Outcome(
        status,
        (leaf, *(one for outcome in decisive for one in outcome.leaves)),
        tuple(unknown for outcome in picked for unknown in outcome.unknowns) + ((rest,) if rest else ())
        if status is Status.UNKNOWN
        else (),
        next((outcome.witness for outcome in decisive if outcome.witness), None),
    )


def _decides(item: Status, condition: Items, status: Status) -> bool:
    """Say whether an item is worth showing: those that settled the question, or kept it open."""
    if condition.quantifier == "none":
        item = negated(item)
    if condition.quantifier == "some" and status is Status.FAIL:
        return True
    return item is status and (status is not Status.PASS or condition.quantifier == "some")


def _each(condition: Items, found: Found, context: Context) -> Iterator[Outcome | None]:
    """Yield the outcome of `have` on each item that `where` picks; None for those that it does not pick."""
    items = found.value.items if isinstance(found.value, PartialList) else found.value
    for index, item in enumerate(items if isinstance(items, list | tuple) else [] if items is None else [items]):
        if isinstance(item, Unknown):
            yield Outcome(Status.UNKNOWN, (), (item,))
            continue
        inner = Context(
            context.inventory,
            found.resource,
            context.parameters,
            item,
            (*found.at, index),
            item.address if isinstance(item, Resource) else f"{found.shown}[{index}]",
            in_item=True,
        )
        picked = evaluate(condition.where, inner) if condition.where else Outcome(Status.PASS)
        if isinstance(item, Resource) and item.exists is not None and picked.status is not Status.FAIL:
            picked = Outcome(Status.UNKNOWN, picked.leaves, (item.exists, *picked.unknowns))
        had = evaluate(condition.have, inner) if condition.have else Outcome(Status.PASS)
        if picked.status is Status.FAIL:
            yield None
        elif picked.status is Status.PASS:
            yield had
        else:
            yield _perhaps_picked(condition, picked, had)


def _perhaps_picked(condition: Items, picked: Outcome, had: Outcome) -> Outcome | None:
    """Return the outcome of an item of which nobody can say whether `where` picks it.

    It matters only if it could change the answer: an item that has what every
    one must have does no harm, picked or not.
    """
    harmless = {"every": Status.PASS, "none": Status.FAIL, "some": Status.FAIL}[condition.quantifier]
    if had.status is harmless:
        return None
    return Outcome(Status.UNKNOWN, picked.leaves + had.leaves, picked.unknowns + had.unknowns)


def _quantified(condition: Items) -> str:
    which = f" where {described(condition.where)}" if condition.where else ""
    what = f" has {described(condition.have)}" if condition.have else ""
    return (
        f"{condition.quantifier}{which}{what}"
        if which or what
        else {"some": "at least one", "none": "none", "every": "any"}[condition.quantifier]
    )


def described(condition: Condition) -> str:
    """Return a condition in words."""
    match condition:
        case Compare(path, test, operand):
            return f"{path} {expected_text(test, operand)}"
        case Items(path=path):
            return f"{path}: {_quantified(condition)}"
        case AllOf(conditions):
            return " and ".join(
                f"({described(one)})" if isinstance(one, AnyOf) else described(one) for one in conditions
            )
        case AnyOf(conditions):
            return " or ".join(described(one) for one in conditions)
        case Not(inner):
            return f"not ({described(inner)})"
        case Judge(name, arguments):
            given = ", ".join(f"{key} {shown(value)}" for key, value in arguments.items())
            return name.replace("-", " ") + (f" ({given})" if given else "")
