"""Can this AWS audit trail be trusted? Policy as code for CloudTrail and what it leans on."""

__version__ = "0.1.0"
