"""Signed evidence: a bundle of a run with all that it was made of, which anybody can check and compute again."""
