"""Measure `ctguard audit` on an account that a server on this machine plays."""
