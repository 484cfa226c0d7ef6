"""Notification: after a run, tell somebody what changed, and nothing when nothing did."""
