"""Digest chains: is every hour of every account and region of a trail proven?

`prove` does what `ctguard logs verify` does, `prove_recent` what an audit needs.
Importing this package loads neither boto3 nor cryptography.
"""

from ctguard.logs.picture import Cell, Row, timeline
from ctguard.logs.prove import Order, prove, prove_recent
from ctguard.logs.report import ChainReport, Report
from ctguard.logs.times import Stretch
from ctguard.logs.verdict import Finding, Verdict

__all__ = [
    "Cell",
    "ChainReport",
    "Finding",
    "Order",
    "Report",
    "Row",
    "Stretch",
    "Verdict",
    "prove",
    "prove_recent",
    "timeline",
]
