"""What a database says of where it belongs: facts that a copy brings along, and by which it is known."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from feeds.model.noun import dataclass
from feeds.store import state
from feeds.store.schema.issues import issues
from feeds.store.schema.readers import subscribers
from feeds.store.schema.state import state as facts

COPIED, CARRIED_KEY = "copied", "carried_key"
_ID, _FORMER, _HOME, _STEPS = "instance", "instance_former", "instance_home", "instance_of:"


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the database that its witness knew too."""

    number: int
    token: str
    marks: str
    """Which file the witness was."""


@dataclass(frozen=True, slots=True)
class Copied:
    """That this database is a copy of another one."""

    at: datetime
    """What the original did after this moment is not known here."""
    why: str

    def text(self) -> str:
        return json.dumps({"at": self.at.isoformat(), "why": self.why}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database says of itself, and of one state folder."""

    id: str
    """Empty where it was never told."""
    former: frozenset[str]
    """Ids under which it was in use before it was restored."""
    home: str
    """Where it was when it was last written by a sender."""
    steps: tuple[Step, ...]
    """The last two, of which the witness knows one; more than that is never needed."""
    copied: Copied | None
    used: bool
    """Whether it has readers or issues; asked only where it has no id."""


def standing(connection: Connection, folder: str) -> Standing:
    """What this database says of itself, and of the state folder with this name."""
    names = (_ID, _FORMER, _HOME, COPIED, _STEPS + folder)
    rows = connection.execute(select(facts.c.name, facts.c.value).where(facts.c.name.in_(names)))
    found = {row.name: row.value for row in rows}
    return Standing(
        id=found.get(_ID, ""),
        former=frozenset(found.get(_FORMER, "").split()),
        home=found.get(_HOME, ""),
        steps=tuple(Step(*step) for step in json.loads(found.get(_STEPS + folder, "[]"))),
        copied=_copied(found.get(COPIED)),
        used=_ID not in found and _is_used(connection),
    )


def _is_used(connection: Connection) -> bool:
    queries = (select(table.c.key).limit(1) for table in (subscribers, issues))
    return any(connection.execute(query).first() is not None for query in queries)


def _copied(text: str | None) -> Copied | None:
    if text is None:
        return None
    said = json.loads(text)
    return Copied(datetime.fromisoformat(said["at"]), said["why"])


def copied(connection: Connection) -> Copied | None:
    """Whether this database knows that it is a copy."""
    return _copied(state.get(connection, COPIED))


def note_step(connection: Connection, id_: str, home: str, folder: str, steps: tuple[Step, ...]) -> None:
    """Notes where this database is, and which states of it the folder's witness may know."""
    state.put(connection, _ID, id_)
    state.put(connection, _HOME, home)
    rows = [[step.number, step.token, step.marks] for step in steps]
    state.put(connection, _STEPS + folder, json.dumps(rows))


def mark_copied(connection: Connection, found: Copied) -> None:
    """From now on it says of itself that it is a copy, whoever asks."""
    state.put(connection, COPIED, found.text())


def begin_anew(connection: Connection, former: str) -> None:
    """It is a copy no more: under another id than before, so that all other folders notice."""
    earlier = state.get(connection, _FORMER) or ""
    state.put(connection, _FORMER, f"{earlier} {former}".strip())
    gone = or_(facts.c.name.in_((COPIED, CARRIED_KEY)), facts.c.name.startswith(_STEPS, autoescape=True))
    connection.execute(delete(facts).where(gone))


def carried_key(connection: Connection) -> str | None:
    """The signing key that a backup brings along, as its file has it."""
    return state.get(connection, CARRIED_KEY)


_MAY_ASK = "SELECT has_function_privilege('pg_control_system()', 'execute')"
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"
_OIDS = "SELECT oid, 'state'::regclass::oid FROM pg_database WHERE datname = current_database()"


def server_home(connection: Connection) -> str:
    """Which cluster, database and table of PostgreSQL this is: pg_restore makes others."""
    may_ask = connection.exec_driver_sql(_MAY_ASK).scalar()
    cluster = connection.exec_driver_sql(_CLUSTER).scalar() if may_ask else "-"
    database, table = connection.exec_driver_sql(_OIDS).one()
    return f"{cluster} {database} {table}"
