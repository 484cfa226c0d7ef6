"""Which accounts an audit asks, and how it gets into each: with the caller's own credentials, or by a role.

Sources: STS API Reference (GetCallerIdentity, AssumeRole), AWS Organizations API Reference (ListAccounts: what counts
is `State`; `Status` is no longer given since September 2026).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError
from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.errors import CtguardError
from ctguard.sources.aws.asking import ask
from ctguard.sources.aws.clients import Clients, new_session
from ctguard.sources.aws.failures import After, CallError
from ctguard.sources.aws.names import DEFAULT_ROLE
from ctguard.sources.aws.patience import Limits
from ctguard.sources.aws.plan import planned
from ctguard.sources.aws.plan.shape import PlannedCall
from ctguard.sources.aws.replies import maps
from ctguard.sources.snapshot.facts import Account, Call, Failure

DEFAULT_REGION: Final = "us-east-1"
SESSION_NAME: Final = "ctguard-audit"
ASSUME_ROLE: Final = PlannedCall(service="sts", operation="AssumeRole", each="account", holds=("Credentials",))
"""No call of the plan: its reply is a secret and is not kept."""

UNKNOWN: Final = Failure("Unknown", "there is no reply")
LOG_IN: Final = "log in (aws sso login), choose a profile (--profile), or set AWS_ACCESS_KEY_ID and so on"


class Way(Struct, frozen=True):
    """How accounts are entered: all that another machine needs to do the same with credentials of its own."""

    profile: str | None = None
    role_name: str = DEFAULT_ROLE
    external_id: str = ""


class Entered(Struct, frozen=True):
    """An account that answered: the clients for it, its main region, and the call that said who asks."""

    account: Account
    clients: Clients
    main_region: str
    identity: Call


class _Renewed:
    """The only provider of a session: credentials that are renewed before they expire."""

    def __init__(self, renew: Callable[[], dict[str, Any]]) -> None:
        self._renew = renew

    def load_credentials(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._renew, "assume-role")


class Door:
    """Enters accounts; what botocore loads, it loads once for all of them.

    The main region is the caller's (the profile's, AWS_REGION), else us-east-1: global services are asked there.
    """

    def __init__(self, way: Way, limits: Limits, workers: int, stopped: threading.Event) -> None:
        self._way = way
        self._limits = limits
        self._workers = workers
        self._stopped = stopped
        try:
            self._session = new_session(profile=way.profile)
            self._region: str = self._session.get_config_variable("region") or DEFAULT_REGION
            self._credentials = self._session.get_credentials()
        except BotoCoreError as error:
            raise CtguardError(str(error), hint=LOG_IN) from None
        if self._credentials is None:
            raise CtguardError("there are no credentials for AWS", hint=LOG_IN)
        self._clients = Clients(self._session, limits, workers, stopped)
        self._own: Entered | None = None

    def own(self) -> Entered:
        """Enter the account of the caller's own credentials; raises CtguardError where they are worth nothing."""
        if self._own is None:
            entered = self._enter(self._clients, Account(id=""))
            if isinstance(entered, Account):
                why = entered.failure or UNKNOWN
                raise CtguardError(f"AWS lets nobody in: {why.code}: {why.message}", hint=LOG_IN)
            self._own = entered
        return self._own

    def by_role(self, account: Account) -> Entered | Account:
        """Enter an account by the role of the way; where that is refused, the account says why."""
        arn = f"arn:{account.partition}:iam::{account.id}:role/{self._way.role_name}"
        session = new_session(like=self._session)
        session.register_component("credential_provider", _Renewed(lambda: self._assume(arn)))
        return self._enter(Clients(session, self._limits, self._workers, self._stopped), account)

    def organization(self, own: Entered) -> tuple[Call, list[Account]]:
        """Return the call that lists the organization's accounts, and those that are active.

        Raises CtguardError where they cannot all be listed.
        """
        call = ask(own.clients, planned("organizations", "ListAccounts")[0], own.account.id, own.main_region, {})
        if call.failure is not None:
            raise CtguardError(
                f"organizations:ListAccounts: {call.failure.code}: {call.failure.message}",
                hint="run --org in the management account or as a delegated administrator, or name --accounts",
            )
        listed = [one for one in maps(call.reply, "Accounts[]") if isinstance(one.get("Id"), str)]
        if listed and not any("State" in one for one in listed):
            raise CtguardError(
                "organizations:ListAccounts gives no State of accounts", hint="pip install --upgrade boto3"
            )
        return call, [
            Account(id=one["Id"], name=str(one.get("Name", "")), partition=own.account.partition)
            for one in listed
            if one.get("State") == "ACTIVE"
        ]

    def _assume(self, arn: str) -> dict[str, Any]:
        """Return credentials of a role as botocore takes them; asked again before they expire."""
        parameters = {"RoleArn": arn, "RoleSessionName": SESSION_NAME}
        if self._way.external_id:
            parameters["ExternalId"] = self._way.external_id
        call = ask(self._clients, ASSUME_ROLE, "", self._region, parameters)
        if call.failure is not None or call.reply is None:
            failure = call.failure or UNKNOWN
            raise CallError(Failure(failure.code, f"{arn}: {failure.message}", ASSUME_ROLE.permission), After.STOP)
        given = call.reply["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"],
        }

    def _enter(self, clients: Clients, account: Account) -> Entered | Account:
        try:
            call = ask(clients, planned("sts", "GetCallerIdentity")[0], account.id, self._region, {})
        except CallError as error:
            return _not_entered(account, error.failure)
        if call.failure is not None or call.reply is None:
            return _not_entered(account, call.failure or UNKNOWN)
        caller, id_ = str(call.reply["Arn"]), str(call.reply["Account"])
        partition = caller.split(":")[1] if caller.count(":") > 1 else account.partition
        known = Account(id=id_, name=account.name, partition=partition, caller=caller)
        return Entered(known, clients, self._region, replace(call, account=id_))


def _not_entered(account: Account, failure: Failure) -> Account:
    return Account(id=account.id, name=account.name, partition=account.partition, entered=False, failure=failure)
