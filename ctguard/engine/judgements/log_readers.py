"""May the role of a declared monitor read a trail's log files, and decrypt them?

A principal of another account needs the bucket's and the key's own policies; what
its own account grants it is beyond the border. One of the same account may be let
in by either side, and by a key's policy in any case (IAM User Guide, "Policy
evaluation logic"; KMS Developer Guide, "Key policies"). Service control policies
are not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from ctguard.engine.comparison import shown
from ctguard.engine.judgements.chain import Chain, account_of, step
from ctguard.engine.judgements.identities import permissions_of
from ctguard.engine.judgements.service_access import bare, filled
from ctguard.engine.outcome import Context
from ctguard.filter_pattern.controls import Control
from ctguard.model.errors import DocumentError
from ctguard.model.logic import Status
from ctguard.model.resource import Resource
from ctguard.model.values import Document, Unknown, Value, first_unknown, text

if TYPE_CHECKING:
    from ctguard.policy.evaluate import Decision

IDENTITY, RESOURCE = "identity policy", "resource policy"
Said: TypeAlias = Literal["allow", "deny", "nothing"] | Unknown
UNSEEN: Final = "/CloudTrail/us-east-1/2026/01/31/log.json.gz"
"""How the name of a log file ends, below the folder of an account."""


class Reader(NamedTuple):
    """The role, its ARN, its own policies, and whether it is of the trail's account."""

    arn: str
    account: str | None
    own: Sequence[Document] | Unknown
    is_ours: bool


def reads_files(context: Context, trail: Resource, control: Control, monitor: Resource) -> Chain:
    """The role may get the trail's log files, and decrypt them."""
    role = context.inventory.follow(monitor, "reader")
    bucket, key = context.inventory.follow(trail, "bucket"), context.inventory.follow(trail, "key")
    if not isinstance(role, Resource) or not isinstance(bucket, Resource) or bucket.missing is not None:
        unclear = next((one for one in (role, bucket) if isinstance(one, Unknown)), None)
        unknown = unclear or getattr(bucket, "missing", None) or Unknown(f"{monitor.address}.reader", "is not known")
        return _step(monitor, "reader", "may read the log files", shown(monitor["reader"]), Status.UNKNOWN, unknown)
    reader = _reader(context, role, trail)
    account = filled(trail.account_id) or reader.account or "111122223333"
    file = text([bucket.arn, "/", *_folder(trail), f"AWSLogs/{account}{UNSEEN}"])
    chain = _may(reader, "s3:GetObject", file, bucket)
    if key is None:
        return chain
    if isinstance(key, Unknown) or not isinstance(key, Resource) or key.missing is not None:
        unknown = key if isinstance(key, Unknown) else getattr(key, "missing", None)
        return chain + _step(trail, "kms_key_id", "a key in sight", shown(trail["kms_key_id"]), Status.UNKNOWN, unknown)
    return chain + _may(reader, "kms:Decrypt", key.arn, key)


def _reader(context: Context, role: Resource, trail: Resource) -> Reader:
    arn = str(filled(role.arn))
    fields = arn.split(":")
    theirs = fields[4] if len(fields) > 5 and fields[4].isdigit() else None
    ours = account_of(trail)[1]
    is_ours = role.missing is None or (theirs is not None and theirs == ours)
    documents, unknown = permissions_of(role, context) if role.missing is None else ([], role.missing)
    if role.missing is None and role["permissions_boundary"] is not None:
        unknown = Unknown(f"{role.address}.permissions_boundary", "is not judged", is_set=True)
    return Reader(arn, theirs, documents if unknown is None else unknown, is_ours)


def _folder(trail: Resource) -> list[Value]:
    prefix = trail["s3_key_prefix"]
    return [prefix, "/"] if prefix else []


def _may(reader: Reader, action: str, target: Value, resource: Resource) -> Chain:
    status, unknown = _decided(reader, action, target, resource)
    said = {Status.PASS: "it may", Status.FAIL: "it may not"}.get(status, "not known")
    return _step(resource, "policy", f"{reader.arn} may {action}", said, status, unknown)


def _decided(reader: Reader, action: str, target: Value, resource: Resource) -> tuple[Status, Unknown | None]:
    """Join what the resource's policy and the role's own say."""
    is_key, policy = resource.kind.name == "key", resource["policy"]
    direct = _says(policy, reader, action, target, account=None)
    delegated = _says(policy, reader, action, target, account=reader.account)
    if policy is None and is_key:
        delegated = "allow"  # the policy that AWS writes hands the decision to the account
    own = reader.own if isinstance(reader.own, Unknown) else _own(reader, action, target)
    if "deny" in (direct, delegated, own):
        return Status.FAIL, None
    if direct == "allow":
        return Status.PASS, None
    needed = [delegated, own] if is_key else [own]
    if not reader.is_ours:
        needed = [delegated]
    if "nothing" in needed and not isinstance(direct, Unknown):
        return Status.FAIL, None
    unknown = next((one for one in (direct, *needed) if isinstance(one, Unknown)), None)
    return (Status.PASS, None) if unknown is None else (Status.UNKNOWN, unknown)


def _own(reader: Reader, action: str, target: Value) -> Said:
    documents = reader.own if not isinstance(reader.own, Unknown) else ()
    said = [_says(one, reader, action, target, account=reader.account, identity=True) for one in documents]
    for answer in ("deny", "allow"):
        if answer in said:
            unknown = next((one for one in said if isinstance(one, Unknown)), None)
            return answer if answer == "deny" or unknown is None else unknown
    return next((one for one in said if isinstance(one, Unknown)), "nothing")


def _says(
    policy: Value, reader: Reader, action: str, target: Value, *, account: str | None, identity: bool = False
) -> Said:
    """Return what one document says to the request; that it says nothing is certain where it never could."""
    if policy is None:
        return "nothing"
    if not isinstance(policy, Document):
        return policy if isinstance(policy, Unknown) else Unknown("a policy", "cannot be read")
    form = IDENTITY if identity else RESOURCE
    open_ = first_unknown([policy.value, target])
    try:
        found = _decision(filled(policy.value), form, reader, action, target, account)
        if found.allowed is False and open_ is not None and found.statement is None:
            at_most = _decision(bare(filled(policy.value)), form, reader, action, target, account)
            open_ = None if at_most.allowed is False else open_
    except DocumentError as error:
        return Unknown("a policy", f"cannot be read: {error}", is_set=True)
    if found.allowed is None or (open_ is not None and not found.allowed):
        return open_ or Unknown("a policy", "cannot be judged for this reader", is_set=True)
    return "allow" if found.allowed else "deny" if found.statement is not None else "nothing"


def _decision(document: Value, form: str, reader: Reader, action: str, target: Value, account: str | None) -> Decision:
    from ctguard.policy.evaluate import Decision, decide
    from ctguard.policy.grammar import parse_policy
    from ctguard.policy.request import AWS, Caller, Request

    if isinstance(document, dict) and document.get("Statement") == []:
        return Decision(False)
    carried = {"aws:securetransport": "true", "aws:principalarn": reader.arn}
    request = Request(Caller(AWS, reader.arn, account), action, str(filled(target)), carried)
    return decide(parse_policy(Document(document), form), request)


def _step(
    resource: Resource, attribute: str, expected: str, actual: str, status: Status, unknown: Unknown | None
) -> Chain:
    path, where = f"{resource.address}.{attribute}", resource.where(attribute)
    return Chain((step(path, expected, actual, status, unknown, where=where),))
