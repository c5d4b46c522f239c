"""Whatever publisher, readers, relay and power do, the design's invariants hold."""

from __future__ import annotations

import logging
import os

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.mutants import MUTANTS, apply
from tests.machine.trial import profile
from tests.postgres import Cluster

_EXAMPLES = os.environ.get("KAWARABAN_MACHINE_EXAMPLES", "")
"""How many random examples to try; without it, a few that are the same in every run."""


@pytest.fixture(autouse=True)
def _quiet() -> object:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_invariant_holds_whatever_happens(
    database_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_kind == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        monkeypatch.setattr(Machine, "new_database", staticmethod(cluster.new_database))
    machine = Machine if _EXAMPLES else seed(20)(Machine)
    run_state_machine_as_test(machine, settings=profile(int(_EXAMPLES or 12), shrink=True))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_every_mutant_still_fits_the_code(mutant: object) -> None:
    """``python -m tests.machine.mutants`` shows that the machine catches them."""
    changed = apply(mutant)  # type: ignore[arg-type]
    assert changed
    for text in changed.values():
        compile(text, "mutant", "exec")
