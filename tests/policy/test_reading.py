# ruff: noqa: E501 - a table reads best with one case a line
"""Documents are read strictly, with the place of what is wrong; what is not known is kept."""

from __future__ import annotations

import json

import pytest

from ctguard.model.document import read_document
from ctguard.model.errors import DocumentError, UsageError
from ctguard.model.location import Location, OnePlace
from ctguard.model.values import Document, PartialList, PartialMap, PartialText, Unknown
from ctguard.policy.context import PolicyContext
from ctguard.policy.grammar import IDENTITY_POLICY, TRUST_POLICY, parse_policy
from tests.policy.builders import WRITE, but, document
from tests.policy.generated import BUCKET, context

HOLE = Unknown("var.x")
FILE = OnePlace(Location("policy.json", 1, 3))

NOT_JSON = [
    ("", "is empty"),
    ("   \n", "is empty"),
    ("{", "ends in the middle"),
    ('{"a": 1,}', "a comma stands before the closing bracket"),
    ('{"a": [1, 2,]}', "a comma stands before the closing bracket"),
    ('{"a": 1} x', "more after the end"),
    ('{a: 1}', "property name"),
    ("{'a': 1}", "property name"),
    ('{"a": NaN}', "NaN is not a JSON value"),
    ('{"a": -Infinity}', "-Infinity is not a JSON value"),
    ('{"a": ' + "9" * 5000 + "}", "5000 digits"),
    ('{"a": "\\ud800"}', "half a surrogate pair"),
    ('{"a": "\x00"}', "not JSON"),
    ("[" * 100_000, "nested more than 100 deep"),
    ("[" * 150 + "]" * 150, "nested more than 100 deep"),
    ('{"a": 1, "a": 1}', 'the key "a" stands twice'),
    ('{"a": {"b": 1, "\\u0062": 2}}', 'the key "b" stands twice'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), NOT_JSON, ids=[message for _, message in NOT_JSON])
def test_what_is_no_json_is_refused_with_its_line(text, message):
    with pytest.raises(DocumentError) as raised:
        read_document(text, OnePlace(Location("policy.json", 1, max(1, text.count("\n") + 1))))

    assert str(raised.value).startswith("policy.json:1: ")
    assert message in str(raised.value)


def test_a_repeated_key_is_shown_with_both_lines():
    text = '{"Effect": "Deny",\n "x": {"Effect": 1},\n "Effect": "Allow"}'

    with pytest.raises(DocumentError, match=r'^policy.json:3: the key "Effect" stands twice, in line 1 and in line 3$'):
        read_document(text, FILE)


@pytest.mark.parametrize("prefix", ["\ufeff", "\r\n", "  "])
def test_marks_and_line_ends_do_not_matter(prefix):
    assert read_document(prefix + '{"a":\r\n 1}').value == {"a": 1}


def test_parts_of_a_text_have_their_own_lines():
    read = read_document(
        '{"Statement": [\n  {"Effect": "Allow"},\n  {"Effect":\n    "Deny"}]}', OnePlace(Location("p.json", 1, 4))
    )

    assert str(read.places.at(("Statement", 0, "Effect"))) == "p.json:2"
    assert read.places.at(("Statement", 1)) == Location("p.json", 3, 4)
    assert str(read.places.at(("Statement", 1, "Effect"))) == "p.json:3"
    assert str(read.places.at(("Statement", 7))) == "p.json:1"


@pytest.mark.parametrize(
    ("first", "last", "line"),
    [(10, 12, 11), (10, 13, 12), (10, 14, 12), (10, 10, 10), (10, 40, 10)],
    ids=["the text alone", "with a line before it", "between markers", "escaped into one line", "in a way not known"],
)
def test_lines_within_a_file_are_told_where_they_can_be(first, last, line):
    read = read_document('{\n"a": 1\n}\n', OnePlace(Location("main.tf", first, last)))

    assert str(read.places.at(("a",))) == f"main.tf:{line}"


def test_holes_are_kept_within_texts_and_as_values():
    text = PartialText(
        ('{"a": "x', HOLE, 'y", "b": "', HOLE, '", "c": ', HOLE, ', "d": ["z", ', HOLE, '], "', HOLE, '": 1}')
    )

    value = read_document(text).value

    assert isinstance(value, PartialMap)
    assert value.items == {"a": PartialText(("x", HOLE, "y")), "b": HOLE, "c": HOLE, "d": PartialList(("z",), HOLE)}
    assert value.rest == HOLE


def test_a_hole_that_may_hold_structure_makes_the_document_unknown():
    assert read_document(PartialText(('{"a": 1 ', HOLE, "}"))).value == HOLE


def test_structures_and_documents_are_taken_as_they_are():
    ready = Document({"a": 1})

    assert read_document(ready) is ready
    assert read_document({"a": HOLE}).value == {"a": HOLE}
    with pytest.raises(DocumentError, match="a number stands where a JSON document should be"):
        read_document(5)


NO_POLICIES = [
    ("a list", [], "a policy is a list"),
    ("no statement", {"Version": "2012-10-17"}, "has no Statement"),
    ("an empty list of statements", {"Statement": []}, "has no statement"),
    ("a statement that is a text", {"Statement": ["Allow"]}, "a statement is"),
    ("a statement that is null", {"Statement": None}, "Statement is null"),
    ("another version", document(WRITE, version="2012-10-18"), "Version is"),
    ("a version that is a number", document(WRITE, version=2012), "Version is 2012"),
    ("an element that there is not", document(WRITE) | {"Statements": []}, "no element Statements"),
    ("an element of a statement that there is not", document(WRITE | {"Principals": "*"}), "no element Principals"),
    ("an element in other letters", document(but(WRITE, Effect=None, effect="Allow")), "no element effect"),
    ("no effect", document(but(WRITE, Effect=None)), "has no Effect"),
    ("an effect in other letters", document(but(WRITE, Effect="allow")), 'Effect is "allow"'),
    ("no principal", document(but(WRITE, Principal=None)), "has no Principal"),
    ("a principal without its type", document(but(WRITE, Principal="cloudtrail.amazonaws.com")), "Principal is"),
    ("a principal of an unknown type", document(but(WRITE, Principal={"Services": "x"})), "Services is no type"),
    ("no principals", document(but(WRITE, Principal={})), "names nobody"),
    ("an empty list of principals", document(but(WRITE, Principal={"AWS": []})), "AWS is empty"),
    ("an empty principal", document(but(WRITE, Principal={"AWS": ""})), "a principal is empty"),
    ("a wildcard inside of a principal", document(but(WRITE, Principal={"AWS": "arn:aws:iam::111122223333:role/*"})), "has a wildcard inside"),
    ("principals of both kinds", document(WRITE | {"NotPrincipal": "*"}), "both Principal and NotPrincipal"),
    ("no action", document(but(WRITE, Action=None)), "has no Action"),
    ("an empty list of actions", document(but(WRITE, Action=[])), "Action is empty"),
    ("an action without its service", document(but(WRITE, Action="PutObject")), "must look like"),
    ("an action that is a number", document(but(WRITE, Action=5)), "must hold texts"),
    ("actions of both kinds", document(WRITE | {"NotAction": "s3:*"}), "both Action and NotAction"),
    ("no resource", document(but(WRITE, Resource=None)), "has no Resource"),
    ("a resource that is no ARN", document(but(WRITE, Resource="acme-trail-logs/*")), "must be an ARN"),
    ("resources of both kinds", document(WRITE | {"NotResource": "*"}), "both Resource and NotResource"),
    ("conditions in a list", document(but(WRITE, Condition=[])), "Condition is a list"),
    ("conditions that are a text", document(but(WRITE, Condition={"Bool": "aws:SecureTransport"})), "Bool is"),
    ("a value that is null", document(but(WRITE, Condition={"StringEquals": {"aws:SourceArn": None}})), "must hold texts"),
    ("a value that is a map", document(but(WRITE, Condition={"StringEquals": {"aws:SourceArn": {"Ref": "x"}}})), "must hold texts"),
    ("a boolean that is none", document(but(WRITE, Condition={"Bool": {"aws:SecureTransport": "no"}})), "no value for this operator"),
    ("a number that is none", document(but(WRITE, Condition={"NumericEquals": {"s3:max-keys": "many"}})), "no value for this operator"),
    ("a date that is none", document(but(WRITE, Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}})), "no value for this operator"),
    ("an address that is none", document(but(WRITE, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/33"}})), "no value for this operator"),
    ("a Sid that is a number", document(WRITE | {"Sid": 5}), "Sid is 5"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), [row[1:] for row in NO_POLICIES], ids=[row[0] for row in NO_POLICIES])
def test_what_is_no_policy_is_refused_with_its_place(value, message):
    text = json.dumps(value, indent=1)

    with pytest.raises(DocumentError) as raised:
        parse_policy(read_document(text, OnePlace(Location("policy.json", 1, text.count("\n") + 1))))

    assert str(raised.value).startswith("policy.json:")
    assert message in str(raised.value)


def test_an_error_names_the_line_of_the_element():
    text = json.dumps(document(WRITE, but(WRITE, Effect="Permit")), indent=1)
    line = 1 + text[: text.index("Permit")].count("\n")

    with pytest.raises(DocumentError, match=rf"^policy.json:{line}: Effect is"):
        parse_policy(read_document(text, OnePlace(Location("policy.json", 1, text.count("\n") + 1))))


def test_every_legal_form_is_read():
    policy = parse_policy(
        read_document(
            {
                "Id": "x",
                "Statement": {
                    "Effect": "Deny",
                    "NotPrincipal": {
                        "AWS": ["111122223333", 222233334444, "arn:aws:iam::111122223333:root"],
                        "Service": "cloudtrail.amazonaws.com",
                        "Federated": "cognito-identity.amazonaws.com",
                        "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
                    },
                    "NotAction": ["s3:*"],
                    "NotResource": f"{BUCKET}/*",
                    "Condition": {
                        "NumericLessThanIfExists": {"s3:TlsVersion": 1.2},
                        "Bool": {"aws:SecureTransport": False},
                    },
                },
            }
        )
    )

    (statement,) = policy.statements
    assert (statement.effect, statement.not_actions, statement.not_resources) == ("Deny", True, True)
    assert statement.principals is not None
    assert len(statement.principals.entries) == 6
    assert [str(condition.values[0]) for condition in statement.conditions] == ["1.2", "false"]


def test_other_kinds_of_policies_have_other_elements():
    identity = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}}

    assert parse_policy(read_document(identity), IDENTITY_POLICY).statements[0].principals is None
    assert parse_policy(read_document(trust), TRUST_POLICY).statements[0].resources is None
    with pytest.raises(DocumentError, match="an identity policy has no Principal"):
        parse_policy(read_document(document(WRITE)), IDENTITY_POLICY)
    with pytest.raises(DocumentError, match="has no Resource"):
        parse_policy(read_document(trust))


CONTEXTS = [
    ({"bukcet": "x"}, "context.bukcet"),
    ({"account_id": "1234"}, "context.account_id"),
    ({"account_id": 111122223333}, "context.account_id"),
    ({"bucket": ""}, "context.bucket"),
    ({"trail_arns": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}, "context.trail_arns"),
    ({"trail_arns": ["arn:aws:s3:::x"]}, r"context.trail_arns\[0\]"),
    ({"trail_accounts": ["111122223333", None]}, r"context.trail_accounts\[1\]"),
    ({"topic_arn": "my-topic"}, "context.topic_arn"),
    ({"multi_region": "yes"}, "context.multi_region"),
    ({"key_admins": ["admin"]}, r"context.key_admins\[0\]"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "field"), CONTEXTS, ids=[field for _, field in CONTEXTS])
def test_a_bad_context_is_refused_with_the_field(given, field):
    with pytest.raises(UsageError, match=f"^{field}"):
        PolicyContext.from_json(given)


def test_a_context_tells_none_from_not_known():
    given = PolicyContext.from_json({"prefix": None, "bucket": None, "org_id": None})

    assert (given.prefix, given.org_id) == (None, None)
    assert isinstance(given.bucket, Unknown)
    assert isinstance(given.kms_key_arn, Unknown)
    assert PolicyContext.from_json(context("s3")).trail_accounts == ("111122223333",)
