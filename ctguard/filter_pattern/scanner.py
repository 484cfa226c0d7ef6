"""A cursor over the text of a pattern, and what the pattern languages share: blanks, values, numbers."""

from __future__ import annotations

from ctguard.filter_pattern.regex import compile_regex
from ctguard.filter_pattern.syntax import Form, Operand, PatternError

BLANKS = " \t\r\n"
LARGEST = 16 * 1024
"""A pattern that is longer is refused unread; CloudWatch Logs itself takes 1,024 characters."""


class Scanner:
    """Reads a pattern from left to right; `at` is the offset of the next character."""

    def __init__(self, text: str) -> None:
        if len(text) > LARGEST:
            raise PatternError(f"the pattern has {len(text)} characters", 0, hint="CloudWatch Logs takes 1,024")
        self.text = text
        self.at = 0

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in BLANKS:
            self.at += 1

    def next_is(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        """Step over `token` if it comes next."""
        if not self.next_is(token):
            return False
        self.at += len(token)
        return True

    def peek(self) -> str:
        """Return the next character, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def run(self, stop: str) -> str:
        """Take everything up to the first of the characters in `stop`."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in stop:
            self.at += 1
        return self.text[start : self.at]

    def operand(self, stop: str) -> Operand:
        """Take a value: quoted, a regular expression, or bare up to one of `stop`."""
        start = self.at
        if self.take('"'):
            return Operand(self._quoted(start), Form.QUOTED)
        if self.take("%"):
            return self._regex(start)
        text = self.run(stop)
        if not text:
            raise self.expected("a value")
        return Operand(text)

    def expected(self, what: str) -> PatternError:
        """Return the error that `what` should have come next."""
        found = f"found {self.peek()!r}" if self.peek() else "the pattern ends"
        return PatternError(f"expected {what}, {found}", self.at)

    def _quoted(self, start: int) -> str:
        kept: list[str] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self.at += 1
                return "".join(kept)
            if character == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
                character = self.text[self.at]
            kept.append(character)
            self.at += 1
        raise PatternError("the quote is not closed", start)

    def _regex(self, start: int) -> Operand:
        text = self.run("%")
        if not self.take("%"):
            raise PatternError("the regular expression is not closed by %", start)
        compile_regex(text, start + 1)
        return Operand(text, Form.REGEX)
