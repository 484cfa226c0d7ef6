"""`python -m ctguard`."""

from ctguard.cli import program

program()
