"""The call plan: every AWS call that an audit may make, as data.

One row a call. A call is made once for each subject of its kind (`each`), in the
region of that subject; `ctguard.sources.aws.subjects` says which replies name
subjects. Which rows an audit needs follows from the rules that it runs.

Operations, parameters and page tokens are botocore's; IAM actions are those of the Service Authorization Reference.
Error codes are those of each service's API reference; "Errors" of Amazon S3's for S3, which models none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ctguard.sources.aws.plan.account import ACCOUNT_CALLS
from ctguard.sources.aws.plan.shape import Pages, PlannedCall
from ctguard.sources.aws.plan.stores import STORE_CALLS
from ctguard.sources.aws.plan.trails import TRAIL_CALLS
from ctguard.sources.aws.plan.watch import WATCH_CALLS

__all__ = ["PLAN", "SUBJECTS", "Pages", "PlannedCall", "planned"]

SUBJECTS: Final[Mapping[str, str]] = {
    "account": "the account, in its main region",
    "region": "each enabled region of the account",
    "event region": "each home region of a trail and the region of global services; every region when an event rule "
    "there may be about CloudTrail's events",
    "home region": "each region that is the home of a trail",
    "trail": "each trail, in its home region",
    "event data store": "each event data store, in its region",
    "bucket": "each bucket that a trail delivers to, and each that such a bucket's access logs go to",
    "located bucket": "each such bucket that exists, in its own region",
    "organization folder": "the folder of an organization trail in its bucket, below which each account has one",
    "key": "each KMS key that a trail, or what serves it, is encrypted with, in the region that its ARN names",
    "aliased key": "each such key that is named by an alias",
    "customer key": "each such key that the customer manages",
    "topic": "each topic that a trail, an alarm on its filters or an event rule notifies",
    "subscription": "each confirmed subscription to such a topic",
    "log group": "each log group that a trail delivers to",
    "protected log group": "each such log group that has a data protection policy, its own or the account's",
    "transformed log group": "each such log group with a metric filter on transformed events",
    "log region": "each region that holds such a log group",
    "policed log region": "each such region where a group inherits a policy of the account, or a filter reads "
    "transformed events",
    "mute rule": "each rule that mutes alarms in such a region",
    "event rule": "each event rule that may be about CloudTrail's events",
    "role": "each role that a trail writes to CloudWatch Logs with",
    "role policy": "each inline policy of such a role",
    "attached policy": "each managed policy attached to such a role",
    "policy version": "the default version of each such policy",
    "organization": "the organization, in its management account",
    "organization policy": "each service control policy of the organization, in its management account",
}
"""The kinds of subjects, in words; with `--scope all` buckets, keys, topics and log groups are all there are."""

PLAN: Final = (*TRAIL_CALLS, *STORE_CALLS, *WATCH_CALLS, *ACCOUNT_CALLS)
"""Every call that an audit may make."""


def planned(service: str, operation: str) -> tuple[PlannedCall, ...]:
    """Return the rows of an operation: one, but for those that are made with several constant parameters."""
    return tuple(row for row in PLAN if (row.service, row.operation) == (service, operation))
