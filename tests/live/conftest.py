"""A server that stands for AWS: one process for all tests of a worker, emptied before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.command import Done, in_a_process
from tests.live.front import Front, front


@pytest.fixture(scope="session")
def one_front() -> Iterator[Front]:
    with front() as running:
        yield running


@pytest.fixture
def aws(one_front: Front) -> Front:
    """Return the server, without a scene, in three regions."""
    one_front.reset()
    one_front.enable("us-east-1", "eu-west-1", "eu-central-1")
    return one_front


@pytest.fixture
def audit(aws: Front, tmp_path) -> Callable[..., Done]:
    """Return a function that runs `ctguard audit` with some words, and everything that it asks is asked of `aws`."""
    return partial(in_a_process, tmp_path, "audit", **aws.environment)
