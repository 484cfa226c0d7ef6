"""The two ways in which a function gives no value: Terraform refuses, or we cannot tell."""

from __future__ import annotations


class FunctionError(Exception):
    """A call that Terraform refuses: `try` goes on to its next argument, `can` is false."""


class UndecidedError(Exception):
    """A call whose answer we do not work out, and why; the caller sees an `Unknown`.

    Raised where the answer lies outside what Python's numbers hold, where it would
    grow without limit, or where it depends on the machine that Terraform runs on.
    """
