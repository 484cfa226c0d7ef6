"""A key is found by its alias, however the alias is written."""

from __future__ import annotations

import pytest

from ctguard.engine.cases import given
from ctguard.model.resource import Resource


@pytest.mark.parametrize("written", ["alias/trail", "arn:aws:kms:us-east-1:111122223333:alias/trail"])
def test_an_alias_in_words_leads_to_its_key(written):
    inventory = given(
        {
            "trail.audit": {"kms_key_id": written},
            "key_alias.trail": {"name": "alias/trail", "target_key_id": {"ref": "key.logs"}},
            "key.logs": {},
        }
    )

    key = inventory.follow(inventory.of_kind("trail")[0], "key")

    assert isinstance(key, Resource)
    assert key.address == "key.logs"


def test_an_alias_that_nobody_declares_is_a_key_that_is_not_in_sight():
    inventory = given({"trail.audit": {"kms_key_id": "alias/elsewhere"}})

    key = inventory.follow(inventory.of_kind("trail")[0], "key")

    assert isinstance(key, Resource)
    assert key.missing is not None
