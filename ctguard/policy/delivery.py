"""Can CloudTrail still deliver? The requests that it makes, and whether a policy refuses one.

CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail", "Configure AWS
KMS key policies for CloudTrail", "Amazon SNS topic policy for CloudTrail". A
delivery is a fixed request but for the name of the file: so the question is
whether the statements that speak of it leave out, or deny, some name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from ctguard.model.values import PartialText, Unknown
from ctguard.policy import actions as a
from ctguard.policy.binding import bound_to, doubts_of
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.conditions import Condition, holds
from ctguard.policy.domain import Chooser, Domain, Literal
from ctguard.policy.doubt import Doubt
from ctguard.policy.evaluate import speaks_of_action
from ctguard.policy.grammar import Policy, Statement
from ctguard.policy.keys import RESOURCE, key_info
from ctguard.policy.language import DIGIT, NAME, REGION, Item, Language, example, some, spell
from ctguard.policy.pattern import Truth, all_true
from ctguard.policy.principals import names
from ctguard.policy.regions import in_each_region
from ctguard.policy.request import CLOUDTRAIL, SERVICE, Caller, Request, Value, account_of
from ctguard.policy.search import resource_condition
from ctguard.policy.setting import Setting

_NOT_TOLD: Final = Unknown("what CloudTrail's requests carry here", "is not documented")
_UNDOCUMENTED: Final = Doubt("it hangs on something that CloudTrail's requests are not documented to carry")
_BUCKET_OWNER: Final = "bucket-owner-full-control"
_DAY: Final = tuple(Item(DIGIT) if char == "0" else Item(char) for char in "/0000/00/00/")

# Keys of which only the extremes are known: AWS takes no TLS below 1.2, and deliveries are yet to come.
_EXTREMES: Final = {
    "s3:tlsversion": ("1.2", "1.3"),
    "aws:currenttime": ("2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z"),
    "aws:epochtime": ("1767225600", "4922899200"),
}
# What any request over TLS to S3, SNS or KMS carries, and what CloudTrail is not documented to send.
_ENVIRONMENT: Final[dict[str, Value]] = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "true",
    "aws:principalservicename": CLOUDTRAIL,
    "aws:principalservicenameslist": (CLOUDTRAIL,),
    "aws:viaawsservice": "false",
    "s3:authtype": "REST-HEADER",
    "s3:signatureversion": "AWS4-HMAC-SHA256",
    **{key: values[0] for key, values in _EXTREMES.items()},
    **dict.fromkeys(
        (
            "aws:useragent",
            "aws:requestedregion",
            "aws:principaltype",
            "aws:sourceorgpaths",
            "s3:signatureage",
            "s3:x-amz-content-sha256",
            "kms:encryptionalgorithm",
            "kms:keyspec",
            "kms:requestalias",
            "kms:resourcealiases",
        ),
        _NOT_TOLD,
    ),
}


class Delivery(Struct, frozen=True):
    """One kind of request that CloudTrail makes for a trail: which action, on which resources, with which context."""

    action: str
    resources: Language
    context: Mapping[str, Value]
    what: str
    caller: str = CLOUDTRAIL


class Refusal(Struct, frozen=True):
    """A delivery that is refused (or, with `doubt`, perhaps refused), by a Deny or for want of an Allow."""

    delivery: Delivery
    request: Request
    statement: Statement | None
    doubt: Doubt | None = None


class Trail(Struct, frozen=True):
    """What decides on the requests of one trail, in one setting."""

    arn: str
    prefix: str | None = None
    org_folder: str | None = None
    log_accounts: tuple[str, ...] = ()
    multi_region: bool = False
    digests: bool = False
    kms_key_arn: str | None = None


def deliveries(setting: Setting, trail: Trail) -> Iterator[Delivery]:
    """Yield the requests that CloudTrail makes for a trail."""
    carried = dict(_ENVIRONMENT)
    carried["aws:sourcearn"] = trail.arn
    carried["aws:sourceaccount"] = account_of(trail.arn) or ""
    if setting.org_id:
        carried["aws:sourceorgid"] = setting.org_id
    carried |= _of_owner(setting)
    itself = spell(setting.resource)
    if setting.service == "sns":
        yield Delivery(a.PUBLISH, itself, carried, "publishes that a log file was delivered")
    elif setting.service == "kms":
        yield Delivery(a.DESCRIBE_KEY, itself, carried, "looks the key up")
        context: dict[str, Value] = {
            "kms:encryptioncontext:aws:cloudtrail:arn": trail.arn,
            "kms:encryptioncontextkeys": _NOT_TOLD,
        }
        yield Delivery(a.GENERATE_DATA_KEY, itself, carried | context, "gets a key to encrypt a log file with")
    else:
        yield Delivery(a.GET_BUCKET_ACL, itself, carried, "checks the bucket")
        yield from _uploads(setting, trail, carried)


def _of_owner(setting: Setting) -> dict[str, Value]:
    """Return what any request carries because of whose the resource is."""
    owner, org = setting.owner or _NOT_TOLD, setting.resource_org
    carried: dict[str, Value] = {"aws:resourceaccount": owner, "s3:resourceaccount": owner}
    return carried if org is None else carried | {"aws:resourceorgid": org, "aws:resourceorgpaths": _NOT_TOLD}


def _uploads(setting: Setting, trail: Trail, carried: dict[str, Value]) -> Iterator[Delivery]:
    carried = carried | {"s3:x-amz-acl": _BUCKET_OWNER}
    if trail.kms_key_arn:
        carried["s3:x-amz-server-side-encryption"] = "aws:kms"
        carried["s3:x-amz-server-side-encryption-aws-kms-key-id"] = trail.kms_key_arn
    own = (account_of(trail.arn) or "",)
    for account in trail.log_accounts if trail.org_folder else own:
        for folder in ("CloudTrail", "CloudTrail-Digest") if trail.digests else ("CloudTrail",):
            what = "writes a digest file" if folder != "CloudTrail" else "writes a log file"
            for place, region in _regions(trail):
                folders = [setting.resource, trail.prefix, "AWSLogs", trail.org_folder, account, folder, ""]
                start = "/".join(part for part in folders if part is not None)
                name = spell(start, *region, *_DAY, f"{account}_{folder}_", *some(NAME), ".json.gz")
                yield Delivery(a.PUT_OBJECT, name, carried, f"{what} {place}")


def _regions(trail: Trail) -> Iterator[tuple[str, Language]]:
    home = trail.arn.split(":")[3]
    yield f"of {home}", spell(home)
    if trail.multi_region:
        yield "of another region", spell(*some(REGION))


def key_uses(
    setting: Setting, services: Iterable[str], trails: Sequence[Trail], topic_arn: str | PartialText | Unknown
) -> Iterator[Delivery]:
    """Yield what services ask of the key of an encrypted topic when they publish to it."""
    for name in services:
        sources: list[Value] = [trail.arn for trail in trails] if name == CLOUDTRAIL else []
        for source in sources or [_NOT_TOLD]:
            account = account_of(source) if isinstance(source, str) else None
            carried = (
                _ENVIRONMENT
                | _of_owner(setting)
                | {
                    "aws:principalservicename": name,
                    "aws:principalservicenameslist": (name,),
                    "aws:sourcearn": source,
                    "aws:sourceaccount": account or _NOT_TOLD,
                    "aws:sourceorgid": setting.org_id or _NOT_TOLD,
                    "kms:viaservice": _NOT_TOLD,
                    "kms:encryptioncontextkeys": ("aws:sns:topicArn",),
                    "kms:encryptioncontext:aws:sns:topicarn": topic_arn if isinstance(topic_arn, str) else _NOT_TOLD,
                }
            )
            for action in (a.GENERATE_DATA_KEY, a.DECRYPT):
                yield Delivery(action, spell(setting.resource), carried, "publishes to the encrypted topic", name)


def refusal_of(policy: Policy, delivery: Delivery, setting: Setting, budget: Budget) -> Refusal | None:
    """Return a refused request of a delivery, else one that may be refused, or None when all are allowed."""
    try:
        sure = _refused(policy, delivery, setting, Chooser(True, budget, {}))
        if sure or not _leaves_doubts(policy, delivery):
            return sure
        return _refused(policy, delivery, setting, Chooser(False, budget, {}))
    except Undecidable as reason:
        return Refusal(delivery, _request(delivery, example(delivery.resources)), None, Doubt(str(reason)))


def _leaves_doubts(policy: Policy, delivery: Delivery) -> bool:
    context = _complete(delivery.context, policy)
    return any(
        any(True for _ in doubts_of(statement))
        or any(one.key in _EXTREMES or isinstance(context.get(one.key), Unknown) for one in statement.conditions)
        for statement in policy.statements
    )


def _refused(policy: Policy, delivery: Delivery, setting: Setting, chooser: Chooser) -> Refusal | None:
    """Find a resource that no Allow speaks of, or some Deny does.

    The sure search wants a refusal whatever the unknown parts are; so an Allow
    counts as soon as it may apply, and a Deny only when it must.
    """
    context = _complete(delivery.context, policy)
    request = Request(Caller(SERVICE, delivery.caller), delivery.action, "", context)
    allows: list[Statement] = []
    denies: list[Statement] = []
    for statement in policy.statements:
        chooser.budget.spend(1 + len(statement.conditions))
        bound = bound_to(statement, {key: value for key in context if (value := request.variable(key)) is not None})
        truth = _applies_apart_from_resource(bound, request)
        if statement.effect != "Deny" and _counts(truth, statement.effect == "Allow", sure=not chooser.sure):
            allows.append(bound)
        if statement.effect != "Allow" and _counts(truth, statement.effect == "Deny", sure=chooser.sure):
            denies.append(bound)
    if _one_refused(delivery.resources, allows, denies, chooser) is None:
        return None
    for existing in in_each_region(delivery.resources):
        found = _one_refused(existing, allows, denies, chooser)
        if found is not None:
            return _refusal(delivery, context, *found, chooser, policy)
    return None


def _one_refused(
    language: Language, allows: list[Statement], denies: list[Statement], chooser: Chooser
) -> tuple[str, Statement | None] | None:
    """Return a resource that a Deny speaks of, with that Deny, or one that no Allow speaks of."""
    domain = Domain(languages=(language,), absent=False, shy=False)
    for deny in denies:
        found = chooser.choose(domain, (Literal(resource_condition(deny), True),))
        if isinstance(found, tuple):
            return found[0], deny
    found = chooser.choose(domain, tuple(Literal(resource_condition(one), False) for one in allows))
    return (found[0], None) if isinstance(found, tuple) else None


def _counts(truth: Truth, effect_known: bool, *, sure: bool) -> bool:
    return (truth is True and effect_known) if sure else truth is not False


def _applies_apart_from_resource(statement: Statement, request: Request) -> Truth:
    def parts() -> Iterator[Truth]:
        yield speaks_of_action(statement, request.action)
        yield statement.principals is None or names(statement.principals, request.caller)
        for condition in statement.conditions:
            yield _holds(condition, request)

    return all_true(parts())


def _holds(condition: Condition, request: Request) -> Truth:
    """Say whether a condition holds; where only the extremes are known it must hold at both."""
    extremes = _EXTREMES.get(condition.key)
    if extremes is None:
        return holds(condition, request.present(condition.key), request.variable)
    truths = {holds(condition, (value,), request.variable) for value in extremes}
    return truths.pop() if len(truths) == 1 else None


def _complete(context: Mapping[str, Value], policy: Policy) -> dict[str, Value]:
    """Add what nobody can tell: keys that the policy tests and AWS does not document for these requests."""
    completed = dict(context)
    for statement in policy.statements:
        for condition in statement.conditions:
            info = key_info(condition.key)
            if condition.key and condition.key not in completed and (info is None or info.decided_by == RESOURCE):
                completed[condition.key] = _NOT_TOLD
    return completed


def _request(delivery: Delivery, resource: str, context: Mapping[str, Value] | None = None) -> Request:
    caller = Caller(SERVICE, delivery.caller)
    return Request(caller, delivery.action, resource, delivery.context if context is None else context)


def _refusal(
    delivery: Delivery,
    context: Mapping[str, Value],
    resource: str,
    statement: Statement | None,
    chooser: Chooser,
    policy: Policy,
) -> Refusal:
    if chooser.sure:
        return Refusal(delivery, _request(delivery, resource, context), statement)
    suspects = [statement] if statement else list(policy.allows())
    doubt = next((doubt.about(one.name) for one in suspects for doubt in doubts_of(one)), _UNDOCUMENTED)
    return Refusal(delivery, _request(delivery, resource, context), statement, doubt)
