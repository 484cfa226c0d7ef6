"""A second opinion on the evaluator: @cloud-copilot/iam-simulate, asked about random policies.

It is asked about random requests and about every request that a verdict shows.

    python benchmarks/policy_oracle/compare.py [CASES] [FIRST_SEED]

Needs node and npm; the package is installed into a temporary folder. Exits with
1 when the two disagree and the reason is none of those listed under KNOWN.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[2]))

from ctguard.model.document import read_document
from ctguard.model.values import Unknown
from ctguard.policy.context import PolicyContext
from ctguard.policy.evaluate import decide
from ctguard.policy.grammar import Policy, parse_policy
from ctguard.policy.keys import spelled
from ctguard.policy.request import AWS, SERVICE, Request
from ctguard.policy.verdict import check
from tests.policy.generated import OWN, World, context

PACKAGE = "@cloud-copilot/iam-simulate@0.1.173"
REQUESTS = 5
ALLOWED = {"Allowed", "AllowedForAccount"}

KNOWN = {
    "ignored": "a key that the action does not carry is left out of the request; it is left out of ours as well",
    "undecided": "AWS documents no answer (NotPrincipal without the account, a lone star as an ARN): we give none",
    "not-principal": "iam-simulate decides whom NotPrincipal excepts by the exact principal alone",
    "old-version": "iam-simulate fills ${...} in documents of 2008-10-17 too, where IAM has no variables",
    "zero-prefix": "iam-simulate matches no address by a network of prefix length 0",
    "service-star": 'iam-simulate takes {"AWS": "*"} for all but services; IAM takes it for "*"',
}


class Case:
    """One policy and request, in both tongues."""

    def __init__(self, seed: int, kind: str, policy: dict[str, Any], request: Request) -> None:
        self.seed = seed
        self.kind = kind
        self.policy = policy
        self.request = request

    def to_json(self) -> str:
        request = self.request
        carried = {
            spelled(key): list(value) if isinstance(value, tuple) else value
            for key, value in request.context.items()
            if not isinstance(value, Unknown)
        }
        principal = "anonymous" if request.caller.type == "Anonymous" else request.caller.id
        asked = {"policy": self.policy, "principal": principal, "action": request.action, "resource": request.resource}
        return json.dumps(asked | {"account": OWN, "context": carried})


def cases(count: int, first: int) -> Iterator[Case]:
    seed = first
    while count > 0:
        kind = ("s3", "sns", "kms")[seed % 3]
        world = World(seed, kind)
        policy = world.policy()
        judged = check(read_document(policy), kind, PolicyContext.from_json(context(kind)))  # type: ignore[arg-type]
        shown = [witness.request for witness in (*judged.excess, *judged.undelivered)]
        for request in [*shown, *(world.request() for _ in range(REQUESTS))][:count]:
            yield Case(seed, kind, policy, request)
            count -= 1
        seed += 1


def ours(case: Case, ignored: list[str]) -> bool | None:
    left_out = {key.lower() for key in ignored}
    context = {key: value for key, value in case.request.context.items() if key not in left_out}
    return decide(parsed(case), replace(case.request, context=context)).allowed


def parsed(case: Case) -> Policy:
    return parse_policy(read_document(case.policy))


def reason(case: Case, own: bool | None) -> str | None:
    """Name the known difference that explains a disagreement, or None."""
    if own is None:
        return "undecided"
    text = json.dumps(case.policy)
    if case.policy["Version"] == "2008-10-17" and "${" in text:
        return "old-version"
    if "/0" in text and "IpAddress" in text:
        return "zero-prefix"
    if '{"AWS": "*"}' in text and case.request.caller.type == SERVICE:
        return "service-star"
    return "not-principal" if "NotPrincipal" in text and case.request.caller.type == AWS else None


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    drawn = list(cases(count, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text('{"type": "module"}')
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
        script = Path(folder) / "judge.mjs"
        script.write_bytes(Path(__file__).with_name("judge.mjs").read_bytes())
        asked = "\n".join(case.to_json() for case in drawn)
        answered = subprocess.run(["node", script], input=asked, capture_output=True, text=True, cwd=folder, check=True)
    return report(drawn, [json.loads(line) for line in answered.stdout.splitlines()])


def report(drawn: list[Case], answers: list[dict[str, Any]]) -> int:
    tally: Counter[str] = Counter()
    unexplained = 0
    for case, answer in zip(drawn, answers, strict=True):
        if "error" in answer:
            tally[f"not judged: {answer['error'][:100]}"] += 1
            continue
        own = ours(case, answer["ignored"])
        theirs = answer["result"] in ALLOWED
        if own is theirs:
            tally["agree, allowed" if own else "agree, denied"] += 1
            continue
        why = reason(case, own)
        tally[f"explained: {why}" if why else "UNEXPLAINED"] += 1
        if why is None and unexplained < 10:
            unexplained += 1
            print(f"seed {case.seed}: ours {own}, theirs {answer['result']}\n  {case.to_json()}")
    for name, number in tally.most_common():
        print(f"{number:7} {name}")
    return 1 if tally["UNEXPLAINED"] else 0


if __name__ == "__main__":
    sys.exit(main())
