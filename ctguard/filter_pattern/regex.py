"""The regular expressions of filter patterns, turned into automata that match in linear time.

The documented subset only (CloudWatch Logs User Guide, "Supported regular
expressions syntax"): letters, digits, `: _ # = @ / ; , -`, the operators
`^ $ ? [ ] { } | \\ * + .`, and no parentheses. An expression matches anywhere in
the text unless it is anchored.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from ctguard.filter_pattern.automaton import ANY, Automaton, CharSet, Draft, char, complement, union
from ctguard.filter_pattern.syntax import PatternError

MOST_STATES = 2_000

_DIGIT: CharSet = ((48, 57),)
_WORD: CharSet = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: CharSet = ((9, 13), (32, 32))
_CLASSES = {
    "d": _DIGIT,
    "D": complement(_DIGIT),
    "w": _WORD,
    "W": complement(_WORD),
    "s": _SPACE,
    "S": complement(_SPACE),
}
_PLAIN = frozenset(":_#=@/;,-]}")
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class _Atom(Struct, frozen=True):
    """A set of characters and how often it may come in a row (None: without end)."""

    characters: CharSet
    least: int = 1
    most: int | None = 1


class _Branch(Struct, frozen=True):
    """One alternative; an anchor inside it is a set of no characters, since nothing can match there."""

    atoms: tuple[_Atom, ...]
    from_start: bool
    to_end: bool


def compile_regex(text: str, offset: int = 0) -> Automaton:
    """Return the automaton of a regular expression; raises PatternError, counting positions from `offset`."""
    try:
        return _compiled(text)
    except PatternError as error:
        message = str(error).split(": ", 1)[1]
        raise PatternError(message, error.position + offset, hint=error.hint) from None


@lru_cache(maxsize=256)
def _compiled(text: str) -> Automaton:
    if not text:
        raise PatternError("the regular expression is empty", 0)
    draft = Draft()
    for branch in _Reader(text).branches():
        state = draft.start()
        if not branch.from_start:
            draft.edge(state, ANY, state)
        for atom in branch.atoms:
            state = _append(draft, state, atom)
        draft.finish(state)
        if not branch.to_end:
            draft.edge(state, ANY, state)
    return draft.automaton()


def _append(draft: Draft, state: int, atom: _Atom) -> int:
    """Add the states of `atom` after `state` and return the last of them."""
    for _ in range(atom.least):
        state = _follow(draft, state, atom)
    if atom.most is None:
        looping = draft.state()
        draft.jump(state, looping)
        draft.edge(looping, atom.characters, looping)
        state = looping
    else:
        ends = [state]
        for _ in range(atom.most - atom.least):
            state = _follow(draft, state, atom)
            ends.append(state)
        for end in ends[:-1]:
            draft.jump(end, state)
    last = draft.state()
    draft.jump(state, last)
    return last


def _follow(draft: Draft, state: int, atom: _Atom) -> int:
    following = draft.state()
    if following > MOST_STATES:
        raise PatternError("the regular expression is too large", 0)
    draft.edge(state, atom.characters, following)
    return following


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def branches(self) -> list[_Branch]:
        found = [self._branch()]
        while self.at < len(self.text):
            self.at += 1
            found.append(self._branch())
        return found

    def _branch(self) -> _Branch:
        from_start = self._take("^")
        atoms: list[_Atom] = []
        while self.at < len(self.text) and self.text[self.at] != "|":
            if self.text[self.at] == "$" and self.text[self.at + 1 : self.at + 2] in ("", "|"):
                self.at += 1
                return _Branch(tuple(atoms), from_start, to_end=True)
            atoms.append(self._quantified())
        return _Branch(tuple(atoms), from_start, to_end=False)

    def _take(self, character: str) -> bool:
        if self.text[self.at : self.at + 1] != character:
            return False
        self.at += 1
        return True

    def _quantified(self) -> _Atom:
        characters = self._characters()
        character = self.text[self.at : self.at + 1]
        if character in _QUANTIFIERS and character:
            self.at += 1
            least, most = _QUANTIFIERS[character]
            return self._single(_Atom(characters, least, most))
        if character == "{":
            return self._single(_Atom(characters, *self._bounds()))
        return _Atom(characters)

    def _single(self, atom: _Atom) -> _Atom:
        if self.text[self.at : self.at + 1] in ("*", "+", "?", "{"):
            raise PatternError("two quantifiers in a row", self.at)
        return atom

    def _bounds(self) -> tuple[int, int | None]:
        start = self.at
        end = self.text.find("}", start)
        inside = self.text[start + 1 : end] if end > 0 else ""
        least, comma, most = inside.partition(",")
        if not _is_count(least) or (most and not _is_count(most)):
            raise PatternError("a repetition is written {2}, {2,} or {2,5}", start)
        self.at = end + 1
        bounds = int(least), (int(most) if most else None if comma else int(least))
        if bounds[1] is not None and bounds[1] < bounds[0]:
            raise PatternError("the bounds of the repetition are the wrong way round", start)
        return bounds

    def _characters(self) -> CharSet:
        character = self.text[self.at]
        if character in _QUANTIFIERS or character == "{":
            raise PatternError(f"{character!r} has nothing to repeat", self.at)
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        self.at += 1
        if character == ".":
            return ANY
        if character in "^$":
            return ()
        if character in _PLAIN or (character.isascii() and character.isalnum()):
            return char(character)
        raise PatternError(f"{character!r} is not supported in regular expressions", self.at - 1)

    def _escape(self) -> CharSet:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _CLASSES and letter:
            self.at += 2
            return _CLASSES[letter]
        if letter == "x":
            digits = self.text[self.at + 2 : self.at + 4]
            if len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self.at += 4
                return char(chr(int(digits, 16)))
        elif letter and letter.isascii() and not letter.isalnum():
            self.at += 2
            return char(letter)
        raise PatternError(f"the escape \\{letter} is not supported", self.at)

    def _class(self) -> CharSet:
        start = self.at
        self.at += 1
        negated = self._take("^")
        members: CharSet = ()
        first = True
        while first or self.text[self.at : self.at + 1] != "]":
            if self.at >= len(self.text):
                raise PatternError("the character class is not closed", start)
            members = union(members, self._member())
            first = False
        self.at += 1
        return complement(members) if negated else members

    def _member(self) -> CharSet:
        low = self._one()
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        dash = self.at
        self.at += 1
        high = self._one()
        if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or low[0][0] > high[0][1]:
            raise PatternError("the range of the character class is the wrong way round", dash)
        return ((low[0][0], high[0][1]),)

    def _one(self) -> CharSet:
        character = self.text[self.at : self.at + 1]
        if character == "\\":
            return self._escape()
        if not character or not 32 < ord(character) < 127 or character in "()%":
            raise PatternError(f"{character!r} is not supported in a character class", self.at)
        self.at += 1
        return char(character)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5
