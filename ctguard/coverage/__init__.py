"""Which events the selectors of trails and event data stores record, decided over all events."""

from ctguard.coverage.answers import Answer, Event
from ctguard.coverage.data import DataCoverage, bucket_arn, data_coverage, own_deliveries_recorded
from ctguard.coverage.insights import CALL_RATE, ERROR_RATE, insights_coverage
from ctguard.coverage.management import SOURCES, ManagementCoverage, management_coverage
from ctguard.coverage.matching import records
from ctguard.coverage.network import network_activity
from ctguard.coverage.selectors import SelectorSet, read_selectors
from ctguard.coverage.trails import TrailScope, everywhere, regional_coverage, uncovered

__all__ = [
    "CALL_RATE",
    "ERROR_RATE",
    "SOURCES",
    "Answer",
    "DataCoverage",
    "Event",
    "ManagementCoverage",
    "SelectorSet",
    "TrailScope",
    "bucket_arn",
    "data_coverage",
    "everywhere",
    "insights_coverage",
    "management_coverage",
    "network_activity",
    "own_deliveries_recorded",
    "read_selectors",
    "records",
    "regional_coverage",
    "uncovered",
]
