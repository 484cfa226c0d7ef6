"""Choose rules by id, glob, tag, severity, profile or framework."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from ctguard.engine.pack import Pack
from ctguard.engine.rule import Rule
from ctguard.model.errors import UsageError, close_to


def select_rules(pack: Pack, select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """Return the rules that `select` names (all that are on by default when it names none), less those of `ignore`.

    An opt-in rule is chosen by its id or a glob only. A word that fits no rule is an error: it would choose less than
    was meant, in silence.
    """
    chosen = _named(pack, select) if select else {rule.id for rule in pack.rules.values() if not rule.opt_in}
    chosen -= _named(pack, ignore)
    return [rule for rule in pack.rules.values() if rule.id in chosen]


def of_frameworks(pack: Pack, rules: Iterable[Rule], names: Sequence[str]) -> list[Rule]:
    """Return the rules that controls of these frameworks ask for, with those controls alone; without names all."""
    for name in names:
        if name not in pack.frameworks:
            known = sorted(pack.frameworks)
            near = close_to(name, known)
            hint = f"did you mean {near[0]}?" if near else f"use one of: {', '.join(known)}"
            raise UsageError(f"--framework {name}: there is no such framework", hint=hint)
    if not names:
        return list(rules)
    kept = ((rule, tuple(one for one in rule.controls if one.framework in names)) for rule in rules)
    return [replace(rule, controls=controls) for rule, controls in kept if controls]


def words(options: Iterable[str]) -> list[str]:
    """Return the words of repeated options, each of which may hold several, with commas between.

    Raises UsageError for an option without a word: it would choose other rules than were meant, in silence.
    """
    found = [[word.strip() for word in option.split(",") if word.strip()] for option in options]
    if not all(found):
        raise UsageError("an empty word chooses no rules", hint="name rules or frameworks, or leave the option out")
    return [word for one in found for word in one]


def _named(pack: Pack, wanted: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for word in wanted:
        matching = {rule.id for rule in pack.rules.values() if _fits(rule, word)}
        if not matching:
            known = [*pack.rules, *pack.frameworks]
            near = close_to(word, known)
            raise UsageError(
                f"{word} is no rule, tag, severity or framework",
                hint=f"did you mean {near[0]}?" if near else "see `ctguard rules list`",
            )
        found |= matching
    return found


def _fits(rule: Rule, word: str) -> bool:
    if word in (rule.id, *rule.aliases):
        return True
    if any(sign in word for sign in "*?["):
        return fnmatchcase(rule.id, word)
    labels = {rule.severity, *rule.tags, *rule.profiles, *(control.framework for control in rule.controls)}
    return word in labels and not rule.opt_in
