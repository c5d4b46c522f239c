"""A publication in PostgreSQL, and nodes that run the daemon for it, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, insert, select, text

from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence
from feeds.newsletter.tokens import Signer
from feeds.service import Service
from feeds.store.schema.readers import subscribers
from feeds.store.subscribers import address_hash
from tests.acceptance.publication import PROGRAM, REPOSITORY
from tests.faults.judge import Book, Row, Verdict, judge
from tests.faults.sink import Dumps, Sink
from tests.ports import free_port
from tests.postgres import Cluster

CONFIG = """\
[site]
title = "瓦版"
url = "https://example.org"
language = "ja"
public = "../public"
[posts]
folder = "../posts"
[mail]
from = "瓦版 <news@example.org>"
smtp = "smtp://127.0.0.1:{sink}"
[newsletter]
settle_minutes = 0
[delivery]
connections = {connections}
unknown = "{unknown}"
[database]
url = "{database}"
[web]
bind = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}"
"""

POST = "---\ntitle: 第{number}号\ndate: {day:%Y-%m-%d %H:%M:%S +0000}\ncategories: [news]\n---\n{body}\n"
PARAGRAPH = "瓦版は江戸の町で売られた一枚刷りの読み物で、火事や地震、評判の見世物を伝えた。\n\n"


@dataclass
class Node:
    """A folder in which the daemon runs, is killed and starts again."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "kawaraban.toml"

    def start(self) -> None:
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "run", "--config", str(self.config)],
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its helpers die with it
            )

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if how is signal.SIGKILL:
            os.killpg(self.process.pid, how)
        elif self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process = None


@dataclass
class Newsroom:
    """PostgreSQL, a sink, and nodes; the issue is composed by whichever node has the turn."""

    folder: Path
    server: Cluster
    readers: int
    nodes: list[Node] = field(default_factory=list)

    @classmethod
    def made(
        cls,
        folder: Path,
        server: Cluster,
        *,
        nodes: int,
        readers: int,
        connections: int,
        unknown: str = "resend",
        slow: bool = False,
    ) -> Newsroom:
        """With readers who wait for a post that is there; no node runs yet."""
        made = cls(folder, server, readers)
        (folder / "posts").mkdir()
        made.dumps = Dumps(folder / "dumps")
        made.sink = Sink(made.dumps, *(("-p", "-w", "1") if slow else ()))
        made.url = server.new_database()
        made.engine = create_engine(
            made.url.replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
            pool_pre_ping=True,
        )
        for number in range(1, nodes + 1):
            made._prepare(folder / f"node{number}", connections, unknown)
        made._subscribe()
        return made

    dumps: Dumps = field(init=False)
    sink: Sink = field(init=False)
    url: str = field(init=False)
    engine: Engine = field(init=False)

    def _prepare(self, folder: Path, connections: int, unknown: str) -> None:
        node = Node(folder)
        folder.mkdir()
        values = {"sink": self.sink.port, "database": self.url, "web": free_port()}
        config = CONFIG.format(**values, connections=connections, unknown=unknown)
        node.config.write_text(config, encoding="utf-8")
        if self.nodes:  # one key signs for all
            (folder / ".kawaraban").mkdir(mode=0o700)
            shutil.copy(self.nodes[0].folder / ".kawaraban" / "signing.key", folder / ".kawaraban")
        else:
            self.write_post(1, datetime.now(UTC) - timedelta(days=1))
            with Service.open(node.config, environ={}) as service:
                service.build()  # what was there before the readers is old
        self.nodes.append(node)

    def _subscribe(self) -> None:
        with Service.open(self.nodes[0].config, environ={}) as service:
            service.add_subscriber(_reader(0), cadence=Cadence.EACH, confirmed=True)
            with service.database.write() as connection:
                (first,) = connection.execute(select(subscribers)).mappings()
                rows = [
                    {**first, "email": str(_reader(n)), "address_hash": address_hash(connection, _reader(n))}
                    for n in range(1, self.readers)
                ]
                for row in rows:
                    del row["key"]
                connection.execute(insert(subscribers), rows)

    def write_post(self, number: int, day: datetime) -> None:
        """A post as an editor saves it; from then on it waits for its readers."""
        body = "".join(f"{PARAGRAPH}{n}" for n in range(12))
        file = self.folder / "posts" / f"{number}.md"
        file.write_text(POST.format(number=number, day=day, body=body), encoding="utf-8")

    def write_new_post(self) -> None:
        """One that the readers do not have."""
        self.write_post(2, datetime.now(UTC))

    # What can be seen while they work --------------------------------------------------------------

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return dict(self._rows("SELECT state, count(*) FROM deliveries GROUP BY state"))  # type: ignore[arg-type]

    def shares(self) -> dict[str, int]:
        """How many deliveries each node sent, in all its lives."""
        query = """
            SELECT split_part(split_part(n.name, '#', 1), '/', -2), count(*)
            FROM deliveries d JOIN nodes n ON n.epoch = d.node WHERE d.state = 'sent' GROUP BY 1 ORDER BY 1
        """
        return dict(self._rows(query))  # type: ignore[arg-type]

    def finished(self) -> bool:
        """Whether there was an issue, and none is under way."""
        states = [row[0] for row in self._rows("SELECT state FROM issues")]
        return bool(states) and set(states) == {"finished"}

    def judged(self) -> Verdict:
        """What arrived against what the ledger says."""
        self.sink.settle()
        with Service.open(self.nodes[0].config, environ={}) as service:
            signer, domain = service.signer, service.mail_publication.domain
        return judge(self._book(signer, domain), self.dumps.mails())

    def _book(self, signer: Signer, domain: str) -> Book:
        rows = self._rows(
            "SELECT d.issue, d.subscriber, d.state, d.attempts, d.doubts, coalesce(s.email, '') "
            "FROM deliveries d LEFT JOIN subscribers s ON s.key = d.subscriber"
        )
        issues = self._rows("SELECT key, audience, state FROM issues")
        return Book(
            [Row(*row, signer.message_id(row[0], row[1], domain)) for row in rows],  # type: ignore[arg-type, misc]
            {row[0]: row[1] for row in issues},  # type: ignore[misc]
            frozenset(row[0] for row in issues if row[2] == "finished"),  # type: ignore[misc]
        )

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def close(self) -> None:
        """Ends what still runs; the server is its maker's."""
        for node in self.nodes:
            node.kill()
        self.engine.dispose()
        self.sink.stop()


def _reader(number: int) -> EmailAddress:
    return EmailAddress(f"reader{number}", "example.com")
