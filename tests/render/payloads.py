"""Content that attacks the reader of a report, put into every text of a run."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ctguard.model.errors import Fault
from ctguard.model.finding import (
    Control,
    Dimension,
    Edge,
    Finding,
    Leaf,
    Node,
    Remediation,
    Run,
    RunInfo,
    Subject,
    Surroundings,
    Tool,
    TrailVerdict,
    UnknownGroup,
    Waiver,
)
from ctguard.model.location import Location
from ctguard.model.logic import Status
from ctguard.model.visible import SURROGATES

PAYLOADS = {
    "script": "<script>window.pwned=1</script>",
    "image": '"><img src=x onerror=window.pwned=1>',
    "attribute": "' onmouseover='window.pwned=1' x='",
    "link": "javascript:window.pwned=1",
    "style end": "</style><style>*{display:none}</style>",
    "script end": '</script><script>window.pwned=1</script>"}',
    "comment": "--><!--",
    "details": "</details></table><details open ontoggle=window.pwned=1>",
    "jinja": "{{7*7}}{% raw %}{{ run.__class__.__mro__ }}",
    "format": "{0.__class__}%s%(x)s${x}",
    "ansi": "\x1b[2J\x1b[1;1Hgone",
    "osc link": "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "osc clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "osc title": "\x1b]0;title\x1b\\",
    "c1": "\x9b2J\x90q\x9c",
    "carriage": "real\rfake\b\b\b\x7f",
    "newline": "first\nsecond\r\n\n::error::third",
    "bidi": "admin\u202egnp.exe\u2066x\u2069",
    "zero width": "ad\u200bm\u200ci\u200dn\ufeff\u2060",
    "tags": "\U000e0041\U000e0042",
    "separators": "a\u2028b\u2029c\x85d",
    "nul": "a\x00b\x01\x02\x0b\x0c\x1f\ufffe\uffff",
    "surrogate": "caf\udce9\ud800",
    "formula": "=cmd|'/C calc'!A1",
    "formula plus": "+1+1",
    "formula minus": "-2+3",
    "formula at": "@SUM(1)",
    "formula tab": "\t=1+1",
    "formula return": "\r=1+1",
    "formula wide": "\uff1d1+1",
    "quotes": '",=1+1,"',
    "apostrophe": "'=1",
    "table": "a | b || c |\n|---|\n| d",
    "backticks": "``` `` ` \\` ```` x",
    "markdown link": "[x](javascript:alert(1)) <http://evil.example>",
    "markdown image": "![](http://tracker.example/x.png) ![a][b]\n\n[b]: http://tracker.example",
    "mention": "@team @org/team user@example.com",
    "issue": "#123 GH-45 org/repo#6 https://github.com/o/r/issues/7 www.example.com",
    "heading": "# big\n> quote\n- item\n***\n1. one\n~~x~~ **b** _i_ :+1: [^1]",
    "html in markdown": "<details><summary>x</summary></details><!-- --><b>",
    "workflow": "::error file=x::owned",
    "workflow old": "##[error]owned ##[add-mask]x",
    "workflow output": "::set-output name=x::y%0A::warning::z",
    "workflow stop": "::stop-commands::abc",
    "cdata": "]]><x/><![CDATA[",
    "entity": "&lt;&amp;&#x3c;&evil;%0a",
    "windows path": "C:\\Users\\x y\\main.tf",
    "unc path": "\\\\server\\share\\main.tf",
    "dots": "../../etc/passwd",
    "absolute": "/etc/pass wd?x#y%2e",
    "url": "http://evil.example/a b",
    "scheme": "x:y/z.tf",
    "empty": "",
    "spaces": "   ",
    "long word": "x" * 5000,
}


def hostile_run(payload: str) -> Run:
    """A run that bears `payload` in every text that a stranger could have written, with a finding of each status."""
    subject = Subject(payload, payload, (payload, payload), payload, payload, payload, payload)
    bare = Subject(payload, payload)
    findings = tuple(
        Finding(
            payload,
            status,
            "high",
            payload,
            payload,
            subject if index % 2 else bare,
            Location(payload, 3, 4) if index % 3 else None,
            (Leaf(payload, payload, payload, status, payload, Location(payload, 3, 3)),),
            witness,
            Remediation(payload, payload, payload, payload),
            (Control(payload, payload), Control("cis-aws-5.0.0", payload)),
            f"{index}{payload}",
            Waiver(payload, payload, payload) if index == 3 else None,
            index == 4,
            f"0{payload}" if index == 5 else None,
        )
        for index, (status, witness) in enumerate(
            (
                (Status.FAIL, {"action": payload, "principal": {"type": payload, "id": payload}, payload: payload}),
                (Status.FAIL, {"eventName": payload, "eventSource": payload, payload: [payload, {payload: None}]}),
                (Status.FAIL, {payload: payload}),
                (Status.FAIL, None),
                (Status.FAIL, None),
                (Status.FAIL, None),
                (Status.UNKNOWN, None),
                (Status.UNKNOWN, None),
                (Status.PASS, None),
                (Status.NOT_APPLICABLE, None),
            )
        )
    )
    statuses: tuple[Any, ...] = ("pass", "fail", "unknown", "not_judged", "fail", "pass")
    names = ("recorded", "delivered", "provable", "protected", "retained", "watched")
    dimensions = {
        name: Dimension(status, (findings[0].fingerprint, payload))
        for name, status in zip(names, statuses, strict=True)
    }
    return Run(
        Tool("ctguard", payload),
        RunInfo(payload, payload, payload, payload, (payload, payload), payload),
        {"pass": 1, "fail": 5, "unknown": 2, "not_applicable": 1, "waived": 1, "errors": 1},
        (TrailVerdict(subject, "not_trusted", dimensions, hostile_surroundings(payload, subject)),),
        (UnknownGroup(payload, payload, (findings[6].fingerprint, payload)),),
        findings,
        (Fault(payload, payload, payload),),
    )


def hostile_surroundings(payload: str, subject: Subject) -> Surroundings:
    """Surroundings of every kind that is drawn, and what no ctguard would write: other kinds, edges to nowhere."""
    kinds = ("trail", "bucket", "key", "topic", "log_group", "metric_filter", "alarm", "subscription", "event_rule")
    known = [Node(f"{kind} {payload}", replace(subject, type=kind), "declared", "fail", (payload,)) for kind in kinds]
    ways = ((0, 1), (0, 2), (0, 4), (4, 5), (5, 6), (6, 3), (3, 7), (0, 8), (8, 3), (3, 6))
    return Surroundings(
        (*known, Node(f"x {payload}", replace(subject, type="x"), "named", "pass", ())),
        (
            *(Edge(known[one].id, known[other].id, payload, "unknown", (payload,)) for one, other in ways),
            Edge(f"x {payload}", known[0].id, payload, "fail", ()),
            Edge("nowhere", f"nowhere {payload}", payload, "fail", ()),
        ),
    )


def whole(text: str) -> str:
    """What a reader that cannot hold surrogates gets of `text`."""
    return "".join(f"\\u{ord(one):04x}" if SURROGATES[0] <= one <= SURROGATES[2] else one for one in text)
