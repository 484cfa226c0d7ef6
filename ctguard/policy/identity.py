"""What identity policies let their principals do: inline and managed policies, boundaries, SCPs.

A request of an IAM principal is allowed when every kind of policy that applies
to it allows it (the identity policies, the boundary if there is one, each level
of service control policies) and none denies it (IAM User Guide, "Policy
evaluation logic"). Each kind is a *layer* here; resource policies are judged
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ctguard.model.logic import Status
from ctguard.model.values import Document, PartialText, Unknown
from ctguard.policy.actions import known_actions
from ctguard.policy.budget import Budget, Undecidable
from ctguard.policy.callers import KINDS, PRINCIPAL_ARN, ROLE, USER, Shape, always, principal, restricted
from ctguard.policy.conditions import Condition
from ctguard.policy.domain import Chooser
from ctguard.policy.doubt import Doubt
from ctguard.policy.evaluate import speaks_of_action
from ctguard.policy.grammar import IDENTITY_POLICY, Policy, Statement, parse_policy
from ctguard.policy.judgement import Judgement, judgement_of
from ctguard.policy.language import (
    ACCOUNT_OR_NONE,
    ANY,
    REGION_OR_NONE,
    Item,
    Language,
    covers,
    find_text,
    language_of,
    some,
    spell,
)
from ctguard.policy.part import TOO_MANY_NAMES, Part, Witness, unlike
from ctguard.policy.pattern import compile_pattern
from ctguard.policy.principals import PARTITIONS
from ctguard.policy.request import account_of
from ctguard.policy.search import NO, Answer, Question, Search
from ctguard.policy.setting import Setting
from ctguard.policy.vocabulary import Vocabulary, vocabulary

Layer: TypeAlias = Sequence[Document]
"""Documents of which one must allow a request, such as all policies of a role."""
Grants: TypeAlias = tuple[Statement, ...]

_SOME_ACCOUNT: Final = "123456789012"
_MOST_COMBINATIONS: Final = 4096


class Target(Struct, frozen=True):
    """Something that must not be done: an action, on a resource (its ARN; None is any, but those `apart_from`)."""

    action: str
    resource: str | PartialText | Unknown | None = None
    apart_from: tuple[Language, ...] = ()


class Stack(Struct, frozen=True):
    """Layers that were read, ready for questions."""

    layers: tuple[tuple[Policy, ...], ...]
    search: Search
    words: Vocabulary


def nobody_may(layers: Sequence[Layer], targets: Iterable[Target], *, principal_arn: str | None = None) -> Judgement:
    """Judge whether the principal of some policies may do none of the targets; witnesses tell which it may.

    `layers` are the identity policies together, then the boundary if there is
    one. A condition that some request satisfies stops nothing.
    """
    stack = stack_of(layers)
    part = none_allowed(stack, shapes_of(stack, principal_arn), targets)
    return judgement_of(part, "none of these actions is allowed")


def shapes_of(stack: Stack, arn: str | None) -> tuple[Shape, ...]:
    """Return the principal of an ARN, or (None) users and roles of some account."""
    setting = stack.search.setting
    account = (account_of(arn) if arn else None) or _SOME_ACCOUNT
    if arn is None:
        return tuple(principal(setting, account, kind, None) for kind in (USER, ROLE))
    shape = principal(setting, account, USER if ":user/" in arn else ROLE, None)
    return (restricted(shape, {PRINCIPAL_ARN: always(arn)}),)


def grants_whole_service(layers: Sequence[Layer], service: str) -> Judgement:
    """Judge whether policies stop short of every action of a service on every resource ("cloudtrail:*" on "*").

    PASS says that something is held back. Allowed everywhere is what is allowed
    on a resource that no policy names.
    """
    stack = stack_of(layers)
    shapes = shapes_of(stack, None)
    somewhere = f"arn:aws:{service}:us-east-1:{_SOME_ACCOUNT}:ctguard-unnamed/resource"
    names = [*(action.name for action in known_actions(service)), f"{service}:ActionYetToCome"]
    answers = [_first_answer(stack, shapes, Target(name, somewhere)) for name in names]
    if any(answer.allowed is False for answer, _ in answers):
        return Judgement(Status.PASS, f"not every action of {service} is allowed on every resource")
    if any(answer.allowed is None for answer, _ in answers):
        return judgement_of(Part(None, (), unlike(answer.doubt for answer, _ in answers)), "")
    answer, grants = answers[0]
    assert answer.request is not None
    witness = Witness(answer.request, grants[0], "allowed", f"every action of {service} is allowed on every resource")
    return judgement_of(Part(False, (witness,)), "")


def members_cannot(levels: Sequence[Layer], targets: Iterable[Target], *, exempt: Iterable[str] = ()) -> Judgement:
    """Judge whether service control policies keep everybody in a member account from the targets.

    `levels` are the policies attached to the root, to each organizational unit on
    the way down, and to the account: one of each level must allow. `exempt` are
    ARN patterns of the principals that may ("arn:aws:iam::*:role/BreakGlass").
    """
    stack = stack_of([level for level in levels if level])
    excluded = tuple(language_of(compile_pattern(name, wild=True, segmented=True)) for name in exempt)
    words, setting = stack.words, stack.search.setting
    accounts = (words.stranger(), *words.accounts, *words.accounts_like)
    shapes = [principal(setting, account, kind, None) for account in accounts for kind in KINDS]
    ours = tuple(_without(shape, excluded) for shape in shapes)
    return judgement_of(none_allowed(stack, ours, targets), "no member may, but for those exempt")


def exemptions_of(levels: Sequence[Layer]) -> tuple[str, ...]:
    """Return the principals that the Denies of service control policies leave out, where each is one name.

    "arn:aws:iam::*:role/BreakGlass" is one name in every account; a pattern with a
    wildcard in the name leaves out more than anybody listed.
    """
    found: dict[str, None] = {}
    for level in levels:
        for document in level:
            for statement in parse_policy(document, IDENTITY_POLICY).denies():
                for condition in statement.conditions:
                    found.update((name, None) for name in _exempted(condition))
    return tuple(found)


def _exempted(condition: Condition) -> Iterator[str]:
    asked = condition.operator
    if condition.key != PRINCIPAL_ARN or asked is None or not asked.negated:
        return
    for pattern in condition.values:
        name = str(pattern)
        if pattern.unknown is None and not set("*?") & set(name.split(":", 5)[-1]):
            yield name


def stack_of(layers: Sequence[Layer]) -> Stack:
    """Read layers of documents; raises DocumentError for what is no identity policy."""
    read = tuple(tuple(parse_policy(document, IDENTITY_POLICY) for document in layer) for layer in layers)
    statements = [one for layer in read for policy in layer for one in policy.statements]
    budget = Budget()
    words = vocabulary(statements)
    denies = tuple(one for one in statements if one.effect != "Allow")
    setting = Setting("iam")
    choosers = Chooser(True, budget, {}), Chooser(False, budget, {})
    return Stack(read, Search(denies, words.keys - {""}, setting, budget, *choosers), words)


def none_allowed(stack: Stack, shapes: Sequence[Shape], targets: Iterable[Target]) -> Part:
    """Say whether none of the targets is allowed to any of the shapes, with a witness for each that is."""
    witnesses: list[Witness] = []
    doubts: list[Doubt | None] = []
    for target in targets:
        answer, grants = _first_answer(stack, shapes, target)
        if answer.request is not None and answer.allowed:
            why = f"{answer.request.action} on {answer.request.resource} is allowed"
            witnesses.append(Witness(answer.request, grants[0], "allowed", why))
        elif answer.allowed is None:
            doubts.append(answer.doubt)
    if witnesses:
        return Part(False, tuple(witnesses))
    if not stack.words.complete:
        doubts.append(TOO_MANY_NAMES)
    return Part(None if doubts else True, (), unlike(doubts))


def _first_answer(stack: Stack, shapes: Sequence[Shape], target: Target) -> tuple[Answer, Grants]:
    """Return the first request for a target that all layers allow, else one that they may allow, and by what."""
    possible: tuple[Answer, Grants] = NO, ()
    try:
        for resources, certain in _resources(stack, target):
            for grants in _combinations(stack, target.action):
                for shape in shapes:
                    asked = shape if certain else replace(shape, certain=False, doubt=_doubt_about(target))
                    answer = stack.search.ask(
                        grants, Question(asked, target.action, resources, apart_from=target.apart_from)
                    )
                    if answer.allowed:
                        return answer, grants
                    possible = possible if answer.allowed is False else (answer, grants)
    except Undecidable as reason:
        return Answer(None, None, Doubt(str(reason))), ()
    return possible


def _combinations(stack: Stack, action: str) -> Iterator[Grants]:
    """Yield one Allow of each layer, those only that may speak of the action."""
    options = [
        [one for policy in layer for one in policy.allows() if speaks_of_action(one, action) is not False]
        for layer in stack.layers
    ]
    for number, grants in enumerate(product(*options)):
        if number >= _MOST_COMBINATIONS:
            raise Undecidable("there are too many combinations of policies")
        yield grants


def _resources(stack: Stack, target: Target) -> Iterator[tuple[tuple[Language, ...], bool]]:
    """Yield the resources that a target may be, and whether one of them certainly is it."""
    resource = target.resource
    if resource is None:
        yield _any_resource_of(target.action, stack), True
    elif isinstance(resource, str):
        yield (spell(resource),), True
    else:
        pattern = compile_pattern(resource, wild=False)
        unnamed = "".join(token if isinstance(token, str) else "ctguard-unknown" for token in pattern.tokens)
        any_of_them = language_of(pattern.upper())
        named = any(
            _tells_apart(any_of_them, one, stack)
            for layer in stack.layers
            for policy in layer
            for one in policy.statements
        )
        yield (spell(unnamed),), not named
        if named:
            yield (any_of_them,), False


def _any_resource_of(action: str, stack: Stack) -> tuple[Language, ...]:
    """Return the ARNs of a service, in the partitions that the policies are written for."""
    region, account = Item(REGION_OR_NONE, loop=True), Item(ACCOUNT_OR_NONE, loop=True)
    service = action.partition(":")[0]
    written = [
        str(pattern)
        for layer in stack.layers
        for policy in layer
        for statement in policy.statements
        for pattern in statement.resources or ()
    ]
    named = [one for one in PARTITIONS if any(text.startswith(f"arn:{one}:") for text in written)]
    return tuple(
        spell(f"arn:{partition}:{service}:", region, ":", account, ":", *some(ANY))
        for partition in named or PARTITIONS[:1]
    )


def _tells_apart(targets: Language, statement: Statement, stack: Stack) -> bool:
    """Say whether a statement speaks of some of the resources that an unknown one may be, and not of others."""
    for pattern in statement.resources or ():
        language = language_of(pattern.upper())
        if not covers(language, targets) and find_text([[targets], [language]], (), stack.search.budget) is not None:
            return True
    return False


def _doubt_about(target: Target) -> Doubt:
    resource = target.resource
    unknown = next(resource.unknowns(), None) if isinstance(resource, PartialText) else resource
    return Doubt(f"{resource} is not known", unknown if isinstance(unknown, Unknown) else None)


def _without(shape: Shape, excluded: tuple[Language, ...]) -> Shape:
    domain = shape.fixed[PRINCIPAL_ARN]
    return restricted(shape, {PRINCIPAL_ARN: replace(domain, excluded=(*domain.excluded, *excluded))})
