"""Does a subscription filter stream what a trail's log group gets to the place that a declaration names?

CloudWatch Logs tries a destination, and the role it uses there, when the filter is
made, so neither is judged here (CloudWatch Logs User Guide, "Subscription filters").
"""

from __future__ import annotations

from collections.abc import Iterator

from ctguard.engine.comparison import shown, stands
from ctguard.engine.judgements.chain import Chain, best, neighbours, step
from ctguard.engine.judgements.log_groups import ready_steps
from ctguard.engine.judgements.naming import is_text
from ctguard.engine.outcome import Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Unknown


def to_destination(context: Context, trail: Resource, control: Control, monitor: Resource) -> Chain:
    """Every event that `control` demands is streamed from the trail's log group to the declared destination."""
    group, name = context.inventory.follow(trail, "log_group"), "cloud_watch_logs_log_group_arn"
    if not isinstance(group, Resource):
        unknown = group if isinstance(group, Unknown) else None
        status = Status.UNKNOWN if unknown else Status.FAIL
        return _step(trail, name, "a log group", shown(trail[name]), status, unknown)
    chain = _step(trail, name, "a log group", group.address, Status.PASS, None) + Chain(ready_steps(group))
    ways = [*_ways(context, group, control, monitor)]
    if not ways and group.missing is not None:
        return chain + _step(group, "name", "a log group in sight", "not in sight", Status.UNKNOWN, group.missing)
    wanted = f"a subscription filter to {shown(monitor['destination'])}"
    return chain + best(ways or [_step(group, "name", wanted, "none", Status.FAIL, None)])


def _ways(context: Context, group: Resource, control: Control, monitor: Resource) -> Iterator[Chain]:
    for one in neighbours(context, "log_subscription", group):
        target = context.inventory.follow(one, "log_group")
        status, unknown = is_text(one["destination_arn"], monitor["destination"])
        if status is Status.FAIL or not (target is group or isinstance(target, Unknown)):
            continue
        where = _step(
            one, "destination_arn", shown(monitor["destination"]), shown(one["destination_arn"]), status, unknown
        )
        doubt = target if isinstance(target, Unknown) else one.exists
        perhaps = _step(one, "log_group_name", group.address, "perhaps", Status.UNKNOWN, doubt) if doubt else Chain()
        yield where + perhaps + _passes(context, one, group, control)
    for policy in neighbours(context, "log_account_policy", group):
        status, unknown = stands(policy["policy_type"], "is", "SUBSCRIPTION_FILTER_POLICY")
        if status is not Status.FAIL:
            judged = unknown or Unknown(policy.address, "subscribes log groups, which is not judged", is_set=True)
            yield _step(policy, "policy_type", "a subscription", "perhaps", Status.UNKNOWN, judged)


def _passes(context: Context, one: Resource, group: Resource, control: Control) -> Chain:
    """The subscription's pattern lets every demanded event through."""
    from ctguard.engine.judgements.filter_watch import reading
    from ctguard.filter_pattern import coverage

    found = coverage(control, [reading(context, one, group)])
    status = {"covers": Status.PASS, "misses": Status.FAIL}.get(str(found.verdict), Status.UNKNOWN)
    why = found.undecided[0] if found.undecided else "cannot be judged"
    unknown = Unknown(f"{one.address}.filter_pattern", why, is_set=True) if status is Status.UNKNOWN else None
    wanted = f"a pattern that lets {control.title} through"
    return _step(one, "filter_pattern", wanted, shown(one["filter_pattern"]), status, unknown)


def _step(
    resource: Resource, attribute: str, expected: str, actual: str, status: Status, unknown: Unknown | None
) -> Chain:
    path, where = f"{resource.address}.{attribute}", resource.where(attribute)
    return Chain((step(path, expected, actual, status, unknown, where=where),))
