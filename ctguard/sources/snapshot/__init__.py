"""Snapshots: the raw facts of an audit, kept so that every verdict can be computed again."""
