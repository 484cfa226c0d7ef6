"""Topics and their subscriptions, as the replies of SNS tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ctguard.model.values import Unknown
from ctguard.sources.snapshot.facts import Call
from ctguard.sources.snapshot.things import Sight, Thing, arn_fields, entries, stand_in, text_of, thing

ATTRIBUTES: Final = "sns.GetTopicAttributes"
PENDING: Final = ("PendingConfirmation", "Deleted")
"""What stands in the place of an ARN while nobody has confirmed a subscription, or after it was ended."""


def topics(sight: Sight) -> Iterator[Thing]:
    """Yield each topic about which somebody asked, with its subscriptions."""
    asked: dict[str, Call] = {}
    for name in (ATTRIBUTES, "sns.ListSubscriptionsByTopic"):
        for call in sight.asked.calls(name):
            asked.setdefault(text_of(call.parameters, "TopicArn"), call)
    for arn, call in sorted(asked.items()):
        if arn:
            yield from _topic(sight, arn, call.account)


def _topic(sight: Sight, arn: str, asked_by: str) -> Iterator[Thing]:
    region, account, name = arn_fields(arn)
    seen_by = sight.home(account, asked_by)
    told = sight.about(ATTRIBUTES, "TopicArn", arn)
    fact = Unknown(f"SNS topic {arn}", "does not exist", "name a topic that exists") if told.is_gone else told.fact
    is_present = False if told.is_gone else fact if isinstance(fact, Unknown) else True
    yield thing(
        "topic",
        arn,
        {"GetTopicAttributes": fact},
        seen_by=seen_by,
        account=account or seen_by,
        region=region,
        told={"name": name, "is_present": is_present},
    )
    yield from _subscriptions(sight, arn, seen_by)


def _subscriptions(sight: Sight, topic: str, seen_by: str) -> Iterator[Thing]:
    region, _, _ = arn_fields(topic)
    listed = sight.about("sns.ListSubscriptionsByTopic", "TopicArn", topic)
    for number, entry in enumerate(entries(listed.call, "Subscriptions") if listed.call else (), 1):
        arn = text_of(entry, "SubscriptionArn")
        facts = {"ListSubscriptionsByTopic:Subscriptions[]": entry}
        if arn and arn not in PENDING:
            facts["GetSubscriptionAttributes"] = sight.about(
                "sns.GetSubscriptionAttributes", "SubscriptionArn", arn
            ).fact
        address = arn if arn.startswith("arn:") else f"{topic} subscription {number}"
        yield thing("subscription", address, facts, seen_by=seen_by, region=region)
    if listed.unread is not None and not listed.is_gone:
        known = ("ListSubscriptionsByTopic:Subscriptions[]", {"TopicArn": topic})
        yield stand_in("subscription", seen_by, region, listed.unread, topic, known)
