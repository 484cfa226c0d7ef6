"""Compare verdicts, object by object, with the genuine `aws cloudtrail validate-logs`.

    python -m benchmarks.logs.differential --awscli /path/to/venv/bin/aws

Every attack of the tests, and windows with odd edges, are judged by both on the same
served bucket. An object counts as bad for the AWS CLI when it prints INVALID for
it. Differences that we intend are in `INTENDED`; any other makes the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.logs.local_s3 import bucket_of, local_s3
from ctguard.logs.times import DAY, HOUR, Stretch, iso
from tests.logs.forge import ARN, BUCKET, START, ForgedChain, chain, public_key
from tests.logs.test_attacks import ATTACKS

_PATIENCE = 60
_INVALID = re.compile(r"(Digest|Log) file\ts3://[^/]+/(\S+)\tINVALID: (.*)")

INTENDED = {
    "bytes after the gzip stream of a digest": "the CLI reads one gzip member and ignores what follows",
    "a log planted": "the CLI does not list log files",
    "an entry of a digest removed": "the CLI does not list log files",
    "an old hour replayed": "the CLI does not list log files",
    "no list of logs": "the CLI takes null for an empty list",
    "a time that is none": "the CLI stops the whole run",
    "a log of another account listed": "the CLI does not look whose log file is listed",
    "signature algorithm": "the CLI does not look at the name of the signature algorithm",
    "MD5 for": "the CLI does not look at the name of the hash algorithm",
    "half a link": "the CLI follows the link without the hash that it should have",
    "a name that stands twice": "the CLI takes the last of two values",
    "a log listed with two hashes": "the CLI checks one after the other",
    "the object that a link names replaced": "the CLI does not compare a digest with the link to it",
    "a digest that no other links to": "the CLI does not see a digest that is linked past",
    "a link that runs forward": "the CLI follows it for ever",
    "two digests that overlap": "the CLI does not compare times of digests",
    "a digest that ends before it starts": "the CLI does not compare times",
    "the last digest removed": "the CLI begins at the newest digest that is there",
    "the last three digests removed": "the CLI begins at the newest digest that is there",
    "a digest of another account": "the CLI compares bucket and key only",
    "a digest larger than any": "the CLI reads it whole",
    "a hash value that is none": "the CLI blames the log file, we the digest",
    "a hash value of another type": "the CLI blames the log file, we the digest",
}


def judged_by_ctguard(window: Stretch, url: str) -> dict[str, str]:
    command = [str(Path(sys.executable).with_name("ctguard")), "logs", "verify", "--trail-arn", ARN, "-f", "json"]
    document = json.loads(_run([*command, "--start", iso(window.start), "--end", iso(window.end)], url)[0])
    return {
        finding["object"] or "": finding["kind"]
        for finding in document["findings"]
        if finding["kind"] not in ("coverage_gap", "chain_restarted", "trail_too_young")
    }


def judged_by_aws(awscli: str, window: Stretch, url: str) -> dict[str, str]:
    command = [awscli, "cloudtrail", "validate-logs", "--trail-arn", ARN]
    _, err = _run([*command, "--start-time", iso(window.start), "--end-time", iso(window.end)], url)
    return {match[2]: match[3] for match in _INVALID.finditer(err)}


def _run(command: list[str], url: str) -> tuple[str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return "", ""
    return done.stdout, done.stderr


def compare(name: str, forged: ForgedChain, window: Stretch, awscli: str) -> bool:
    """Print what both say where they differ; return whether the difference is intended, or there is none."""
    keys = [public_key(start=START - 9 * DAY, end=START + 90 * DAY)]
    with local_s3(bucket_of(forged.archive, BUCKET, ARN, keys), 0) as url:
        ours = judged_by_ctguard(window, url)
        theirs = judged_by_aws(awscli, window, url)
    if set(ours) == set(theirs):
        print(f"same       {name}")
        return True
    reason = next((reason for start, reason in INTENDED.items() if name.startswith(start)), None)
    print(f"{'intended  ' if reason else 'DIFFERENT '} {name}: {reason or ''}")
    for key in sorted(set(ours) ^ set(theirs)):
        print(f"             {key.rpartition('/')[2]}  ctguard: {ours.get(key, '-')}  aws: {theirs.get(key, '-')}")
    return reason is not None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--awscli", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    same = []
    for attack in ATTACKS:
        if options.only in attack.name:
            forged = chain()
            forged.deliver(6)
            attack.spoil(forged)
            same.append(compare(attack.name, forged, forged.window, options.awscli))
    for start, end in ((0, 6 * HOUR), (1800, 2 * HOUR - 1800), (0, HOUR), (HOUR, 3 * HOUR), (HOUR + 1, 6 * HOUR)):
        name = f"window from {start} to {end}"
        if options.only not in name:
            continue
        for bad in range(6):
            forged = chain()
            forged.deliver(6)
            forged.archive.change(forged.digests[bad].logs[0], body=b"changed")
            window = Stretch(START + start, START + end)
            same.append(compare(f"{name}, log of hour {bad} changed", forged, window, options.awscli))
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
