"""KMS keys, their aliases and grants, as the replies of KMS tell them.

A key that is shared by AWS RAM has a second policy beside its own (KMS API Reference, ListKeyPolicies); both let in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ctguard.model.document import read_document
from ctguard.model.errors import DocumentError
from ctguard.model.values import PartialList, Unknown, Value
from ctguard.sources.snapshot.asked import Answer, answer
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, arn_fields, entries, stand_in, text_of, thing

OF_KEY: Final = ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants")
OWN_POLICY: Final = "default"
SHARED_POLICY: Final = "AWS_RAM"


def keys(sight: Sight) -> Iterator[Thing]:
    """Yield each key about which somebody asked, what it is called beside, and the grants on it."""
    names: dict[str, dict[str, Call]] = {}
    for operation in OF_KEY:
        for call in sight.asked.calls(f"kms.{operation}"):
            names.setdefault(_arn(sight, call), {}).setdefault(text_of(call.parameters, "KeyId"), call)
    for arn, called in sorted(names.items()):
        yield from _key(sight, arn, called)


def _arn(sight: Sight, call: Call) -> str:
    """Return the ARN of the key that a call is about; of one that cannot be read, what it was asked by."""
    metadata = (call.reply or {}).get("KeyMetadata")
    if isinstance(metadata, dict) and text_of(metadata, "Arn"):
        return text_of(metadata, "Arn")
    name = text_of(call.parameters, "KeyId")
    if name.startswith("arn:"):
        return name
    resource = name if name.startswith("alias/") else f"key/{name}"
    return f"arn:{sight.partition(call.account)}:kms:{call.region}:{call.account}:{resource}"


def _key(sight: Sight, arn: str, called: Mapping[str, Call]) -> Iterator[Thing]:
    region, account, resource = arn_fields(arn)
    key_id = resource.removeprefix("key/")
    known_as = (arn, key_id, *called)
    described = sight.about("kms.DescribeKey", "KeyId", *known_as)
    seen_by = sight.home(account, next(iter(called.values())).account)
    facts: dict[str, Value] = {
        "DescribeKey": described.fact,
        "GetKeyRotationStatus": sight.about("kms.GetKeyRotationStatus", "KeyId", *known_as).fact,
    }
    policy = _policy(sight, known_as)
    if described.is_gone:
        policy = Unknown(f"KMS key {arn}", "does not exist", "name a key that exists")
        facts = dict.fromkeys(facts, policy)
    told = {"key_id": key_id, "is_present": _is_present(described), "policy": policy}
    yield thing("key", arn, facts, seen_by=seen_by, account=account or seen_by, region=region, told=told)
    for name, call in sorted(called.items()):
        if "alias/" in name:
            yield _alias(sight, name, arn, call)
    yield from _grants(sight, known_as, seen_by, region)


def _is_present(described: Answer) -> Value:
    return False if described.is_gone else described.fact if isinstance(described.fact, Unknown) else True


def _alias(sight: Sight, name: str, arn: str, call: Call) -> Thing:
    """Return an alias by which a key was asked for; the key that answered is the one that it stands for."""
    short = f"alias/{name.rpartition('alias/')[2]}"
    region, account, _ = arn_fields(arn)
    whole = name if name.startswith("arn:") else f"arn:{sight.partition(account)}:kms:{region}:{account}:{short}"
    entry = {"AliasName": short, "AliasArn": whole, "TargetKeyId": arn}
    home = sight.home(account, call.account)
    return thing("key_alias", whole, {"ListAliases:Aliases[]": entry}, seen_by=home, account=account, region=region)


def _grants(sight: Sight, known_as: tuple[str, ...], seen_by: str, region: str) -> Iterator[Thing]:
    listed = sight.about("kms.ListGrants", "KeyId", *known_as)
    arn = known_as[0]
    for entry in entries(listed.call, "Grants") if listed.call else ():
        address = f"{arn} grant {text_of(entry, 'GrantId')}"
        facts = {"ListGrants:Grants[]": entry}
        yield thing("key_grant", address, facts, seen_by=seen_by, region=region)
    if listed.unread is not None and not listed.is_gone:
        yield stand_in("key_grant", seen_by, region, listed.unread, arn, ("ListGrants:Grants[]", {"KeyId": arn}))


def _policy(sight: Sight, known_as: tuple[str, ...]) -> Value:
    """Return both policies of a key as one, in which statements of the second may stand that nobody could read."""
    own, shared = (
        answer(
            [call for call in sight.asked.about("kms.GetKeyPolicy", "KeyId", *known_as) if _named(call) == name],
            "kms.GetKeyPolicy",
            f"{known_as[0]} ({name})",
        )
        for name in (OWN_POLICY, SHARED_POLICY)
    )
    if not isinstance(own.fact, dict) or not isinstance(own.fact.get("Policy"), str):
        return own.fact if isinstance(own.fact, Unknown) else None
    if isinstance(shared.fact, dict) and shared.fact.get("Policy") is None:
        return own.fact["Policy"]
    return _together(own.fact["Policy"], shared.fact)


def _named(call: Call) -> str:
    return text_of(call.parameters, "PolicyName") or OWN_POLICY


def _together(own: str, shared: Value) -> Value:
    try:
        documents = [read_document(own).value]
        if isinstance(shared, dict):
            documents.append(read_document(shared["Policy"]).value)
    except DocumentError:
        return own  # The reader of attributes says what is wrong with it.
    statements = [one for document in documents for one in _statements(document)]
    rest = shared if isinstance(shared, Unknown) else None
    first = documents[0] if isinstance(documents[0], dict) else {}
    return {**first, "Statement": PartialList(tuple(statements), rest) if rest else statements}


def _statements(document: Any) -> list[Any]:
    written = document.get("Statement") if isinstance(document, dict) else None
    return written if isinstance(written, list) else [written]
