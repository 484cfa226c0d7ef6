"""The kinds of callers that a policy can tell apart, and what each carries in its requests.

A caller here is a shape: an anonymous one, a service acting for a resource of
some account, a user or role of some account. The shape settles what AWS fills in
(who calls, from which account and organization, for whose resource); what the
caller chooses is left open, as a domain. Sources: IAM User Guide, "AWS global
condition context keys" (the availability of each) and "Request context".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.values import Unknown
from ctguard.policy import keys as k
from ctguard.policy.domain import ADDRESS, BOOLS, FREE_TEXT, MOMENT, Domain
from ctguard.policy.doubt import Doubt
from ctguard.policy.language import (
    ANY,
    IAM_NAME,
    IAM_PATH,
    LOWER_ID,
    NAME,
    REGION,
    REGION_OR_NONE,
    SERVICE_NAME,
    UPPER_ID,
    Item,
    Language,
    some,
    spell,
)
from ctguard.policy.request import ANONYMOUS, AWS, CLOUDTRAIL, SERVICE, Caller, account_of
from ctguard.policy.setting import Setting

PRINCIPAL_ARN: Final = "aws:principalarn"
TRAIL_CONTEXT: Final = "kms:encryptioncontext:aws:cloudtrail:arn"
PRIVATE_NETWORKS: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

NO_KEYS: Final[Mapping[str, Domain]] = MappingProxyType({})
NEVER: Final = Domain()
ANYTHING: Final = Domain(languages=FREE_TEXT)
TRUE: Final = Domain(values=("true",), absent=False, shy=False)
FALSE: Final = Domain(values=("false",), absent=False, shy=False)

ROOT: Final = "root"
USER: Final = "user"
ROLE: Final = "role"
GUEST: Final = "federated-user"
KINDS: Final = (USER, ROLE, ROOT, GUEST)

_TYPES: Final = {ROOT: "Account", USER: "User", ROLE: "AssumedRole", GUEST: "FederatedUser"}
# Callers whose requests never carry keys of a kind: services call from inside of AWS, without a session.
_WITHOUT: Final = {k.SESSION: (ANONYMOUS, SERVICE), k.NETWORK: (SERVICE,)}


class Shape(Struct, frozen=True):
    """A kind of caller. `fixed` are the domains of the keys that it settles; what it does not name goes by the rules.

    `id` is empty where the principal's ARN is still open. `certain` is False
    where it is not known whether such a caller lies outside of the envelope.
    `delegates` says that an account's ARN, in an Allow, speaks of this caller.
    `acts_for` is the account for whose resource a service calls. An `unnamed`
    caller is by definition none that the policy names, known or not.
    """

    type: str
    id: str = ""
    account: str | None = None
    kind: str = ""
    fixed: Mapping[str, Domain] = NO_KEYS
    certain: bool = True
    delegates: bool = True
    doubt: Doubt | None = None
    acts_for: str | None = None
    unnamed: bool = False

    def caller(self, arn: str | None) -> Caller:
        """Return the caller, once its ARN is chosen."""
        return Caller(self.type, self.id or arn or "", self.account)


def always(value: str) -> Domain:
    """Return the domain of a key that always has this value."""
    return Domain(values=(value,), absent=False, shy=False)


def maybe(value: str) -> Domain:
    """Return the domain of a key that usually has this value, and may be missing."""
    return Domain(values=(value,), shy=False)


def restricted(shape: Shape, domains: Mapping[str, Domain]) -> Shape:
    """Return a shape with other domains for some keys."""
    return replace(shape, fixed={**shape.fixed, **domains})


def anonymous() -> Shape:
    """Return callers without credentials."""
    return Shape(
        ANONYMOUS,
        "anonymous",
        fixed={
            "aws:principalaccount": always("anonymous"),
            "aws:principaltype": always("Anonymous"),
            "aws:principalisawsservice": FALSE,
            "aws:userid": always("anonymous"),
            "aws:viaawsservice": FALSE,
        },
        unnamed=True,
    )


def principal(
    setting: Setting,
    account: str,
    kind: str,
    org: str | None,
    *,
    excluded_ids: tuple[Language, ...] = (),
    unnamed: bool = False,
) -> Shape:
    """Return the root user, the users, the roles or the federated users (GUEST) of an account."""
    start = f"arn:{setting.partition}:iam::{account}:"
    ids = {
        ROOT: spell(account),
        USER: spell("AIDA", *(Item(UPPER_ID),) * 17),
        ROLE: spell("AROA", *(Item(UPPER_ID),) * 17, ":", *some(IAM_NAME)),
        GUEST: spell(account, ":", *some(IAM_NAME)),
    }
    arns = {
        ROOT: spell(start, "root"),
        USER: spell(start, "user/", *some(IAM_PATH)),
        ROLE: spell(start, "role/", *some(IAM_PATH)),
        GUEST: spell(f"arn:{setting.partition}:sts::{account}:federated-user/", *some(IAM_NAME)),
    }
    fixed = _identity(account, org) | {
        PRINCIPAL_ARN: Domain(languages=(arns[kind],), absent=False, shy=False),
        "aws:principaltype": always(_TYPES[kind]),
        "aws:userid": Domain(languages=(ids[kind],), absent=False, shy=True, excluded=excluded_ids),
        "aws:username": Domain(languages=(spell(*some(IAM_NAME)),), absent=False) if kind == USER else NEVER,
    }
    return Shape(AWS, account=account, kind=kind, fixed=fixed, unnamed=unnamed)


def named_principal(kind: str, name: str, org: str | None = None) -> Shape:
    """Return the one principal of a name that is no ordinary user or role: a session, an id, another kind."""
    account = account_of(name) if kind == AWS else None
    arn = always(_role_of_session(name)) if kind == AWS else ANYTHING
    return Shape(kind, name, account, "named", fixed=_identity(account, org) | {PRINCIPAL_ARN: arn})


def _identity(account: str | None, org: str | None) -> dict[str, Domain]:
    """Return the keys that follow from the account of an IAM principal."""
    owner = always(account) if account else ANYTHING
    paths = Domain(languages=(_org_paths(org),), absent=True, shy=False, multi=True) if org else NEVER
    return {
        "aws:principalaccount": owner,
        "kms:calleraccount": owner,
        "aws:sourceowner": owner,
        "aws:principalorgid": always(org) if org else NEVER,
        "aws:principalorgpaths": paths,
        "aws:principalisawsservice": FALSE,
    }


def service(
    setting: Setting, name: str, account: str, org: str | None, *, certain: bool = True, sourceless: bool = False
) -> Shape:
    """Return an AWS service that acts for a resource of an account, or (`sourceless`) for one that it does not name."""
    arns, context = _source_arns(setting, name, account)
    fixed = {
        "aws:principalisawsservice": TRUE,
        "aws:principalservicename": always(name),
        "aws:principalservicenameslist": Domain(values=(name,), absent=False, shy=False, multi=True),
        "aws:viaawsservice": FALSE,
        "aws:securetransport": TRUE,
        "aws:sourceip": Domain(languages=FREE_TEXT, kind=ADDRESS, within=PRIVATE_NETWORKS),
    }
    if not sourceless:
        fixed |= {
            "aws:sourcearn": Domain(languages=arns, shy=False),
            "aws:sourceaccount": maybe(account),
            "aws:sourceorgid": maybe(org) if org else NEVER,
            "aws:sourceorgpaths": Domain(languages=(_org_paths(org),), shy=False, multi=True) if org else NEVER,
            # CloudTrail gives the topic no aws:SourceOwner; CloudWatch and others of the account do.
            "aws:sourceowner": NEVER if name == CLOUDTRAIL else Domain(values=(account,)),
        }
    if name == CLOUDTRAIL:
        fixed[TRAIL_CONTEXT] = NEVER if sourceless else Domain(languages=(context,))
    return Shape(SERVICE, name, None, "service", fixed, certain, acts_for=account)


def naming_no_trail(shape: Shape) -> Shape:
    """Return a shape of CloudTrail's calls as those whose aws:SourceArn names something else than a trail."""
    domain = shape.fixed["aws:sourcearn"]
    return restricted(shape, {"aws:sourcearn": replace(domain, languages=domain.languages[1:], absent=False)})


def _source_arns(setting: Setting, name: str, account: str) -> tuple[tuple[Language, ...], Language]:
    """Return what aws:SourceArn may be (of CloudTrail, trails first), and the encryption context.

    CloudTrail's own names hold no colon, so that nothing in them can pass for
    another account; for other services no such thing is promised, and S3's ARNs
    name no account at all.
    """
    start = f"arn:{setting.partition}:cloudtrail:"
    trail = spell(start, *some(REGION), f":{account}:trail/", *some(NAME))
    if name == CLOUDTRAIL:
        kinds = ("channel", "eventdatastore", "dashboard")
        others = (spell(start, *some(REGION), f":{account}:{kind}/", *some(NAME)) for kind in kinds)
        return (trail, *others), trail
    region = Item(REGION_OR_NONE, loop=True)
    any_service = spell(f"arn:{setting.partition}:", *some(SERVICE_NAME), ":", region, f":{account}:", *some(ANY))
    bucket = spell(f"arn:{setting.partition}:s3:::", *some(NAME))
    return (any_service, bucket), trail


def _org_paths(org: str) -> Language:
    return spell(org, "/r-", *some(LOWER_ID), "/", Item(ANY, loop=True))


def _role_of_session(name: str) -> str:
    """Return what aws:PrincipalArn holds for a principal: of a role's session, the ARN of the role."""
    before, assumed, rest = name.partition(":assumed-role/")
    if not assumed:
        return name
    return f"{before.replace(':sts:', ':iam:')}:role/{rest.split('/', 1)[0]}"


def domain_of(shape: Shape, key: str, setting: Setting) -> Domain:
    """Return what a request of a shape may carry under a key."""
    found = shape.fixed.get(key)
    if found is not None:
        return found
    info = k.key_info(key)
    if info is None:
        return Domain(unsettled=Unknown(f"the condition key {key}", "is not one that AWS documents"))
    if info.decided_by in (k.IDENTITY, k.SOURCE):
        return NEVER
    if info.decided_by == k.OWNER:
        return _owner_domain(key, setting)
    if shape.type in _WITHOUT.get(info.decided_by, ()):
        return NEVER
    if key == "aws:securetransport":
        return Domain(values=BOOLS, absent=False, shy=False)
    if info.is_bool:
        return Domain(values=BOOLS)
    if info.decided_by == k.TIME:
        return Domain(languages=FREE_TEXT, absent=False, kind=MOMENT)
    if key in ("aws:sourceip", "aws:vpcsourceip"):
        return Domain(languages=FREE_TEXT, kind=ADDRESS)
    return Domain(languages=FREE_TEXT, absent=not info.always, multi=info.multi)


def _owner_domain(key: str, setting: Setting) -> Domain:
    if key in ("aws:resourceaccount", "s3:resourceaccount"):
        return always(setting.owner) if setting.owner else Domain(unsettled=Unknown("the owner", "is not known"))
    org = setting.resource_org
    if org is None:
        return NEVER
    if isinstance(org, Unknown):
        return Domain(unsettled=org)
    if key == "aws:resourceorgid":
        return always(org)
    return Domain(languages=(_org_paths(org),), absent=False, multi=True)
