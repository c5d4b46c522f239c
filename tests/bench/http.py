"""The daemon's pages beside nginx sending the same files: requests a second, each server on one core.

    python -m tests.bench.http FOLDER_OF_A_JEKYLL_SITE [--runs 5] [--seconds 2] [--connections 32]

Beside requests a second it prints the CPU time that a request takes, as a busy machine bends that less.
wrk asks for the Atom feed of all posts from the other core: with If-None-Match (304), with
Accept-Encoding: gzip, and without either. nginx has the .gz files that `[feeds] compress` writes
(nginx.conf). Ours is `kawaraban run --only web`, as it is installed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

HERE = Path(__file__).parent
DOCUMENT = "/feeds/all.atom.xml"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path, help="a Jekyll site: _config.yml and _posts")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each run")
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    for program in ("nginx", "wrk", "taskset"):
        if shutil.which(program) is None:
            print(f"skipped: there is no {program} on this machine (apt-get install nginx-light wrk)")
            return 0
    if len(os.sched_getaffinity(0)) < 2:
        print("skipped: a server and wrk need a core each")
        return 0
    with tempfile.TemporaryDirectory(prefix="kawaraban-bench-") as name:
        Path(name).chmod(0o755)  # nginx's worker is somebody else
        bench(Path(name), options.site.resolve(), options)
    return 0


def bench(folder: Path, site: Path, options: argparse.Namespace) -> None:
    ours, theirs = publish(folder / "site", site), folder / "nginx"
    theirs.mkdir()
    shutil.copytree(ours / "feeds", theirs / "public" / "feeds", copy_function=shutil.copy2)
    with kawaraban(ours) as mine, nginx(theirs) as other:
        servers, packed = (mine, other), {"Accept-Encoding": "gzip"}
        length = [len(body(server.port, packed)) for server in servers]
        assert length[0] == length[1], "both send the same bytes"
        print(f"{length[0]:,} bytes with gzip, {options.connections} connections, medians of {options.runs}")
        print(f"{'':12}{'kawaraban':>22}{'nginx':>22}   ratio of rates, of CPU")
        row("304", servers, [{"If-None-Match": tag(server.port), **packed} for server in servers], options)
        row("200, gzip", servers, [packed] * 2, options)
        row("200, plain", servers, [{}] * 2, options)


def publish(folder: Path, site: Path) -> Path:
    """The site with its feeds and the compressed files beside them."""
    folder.mkdir()
    shutil.copytree(site / "_posts", folder / "_posts")
    shutil.copy(site / "_config.yml", folder)
    program = str(Path(sys.executable).with_name("kawaraban"))
    subprocess.run([program, "init"], cwd=folder, check=True, capture_output=True)
    file = folder / "config" / "kawaraban.toml"
    text = file.read_text("utf-8")
    text = re.sub(r"^# compress = false$", "compress = true", text, flags=re.MULTILINE)
    bind = f'bind = "127.0.0.1:{free_port()}"'
    file.write_text(re.sub(r'^# bind = ".+"$', bind, text, flags=re.MULTILINE))
    subprocess.run([program, "build"], cwd=folder, check=True, capture_output=True)
    return folder


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is running."""

    pid: int
    port: int

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it and its workers have taken."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        fields = [
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (self.pid, *workers)
        ]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


@contextmanager
def kawaraban(folder: Path) -> Iterator[Server]:
    bind = re.search(r'^bind = ".*:(\d+)"$', (folder / "config/kawaraban.toml").read_text(), re.MULTILINE)
    assert bind
    program = str(Path(sys.executable).with_name("kawaraban"))
    with running(
        ["taskset", "-c", cores()[0], program, "run", "--only", "web"], folder, int(bind[1])
    ) as port:
        yield port


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    port = free_port()
    text = (HERE / "nginx.conf").read_text().replace("FOLDER", str(folder)).replace("PORT", str(port))
    (folder / "nginx.conf").write_text(text)
    command = ["taskset", "-c", cores()[0], "nginx", "-c", str(folder / "nginx.conf")]
    with running(command, folder, port) as server:
        yield server


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[Server]:
    """The server, from its first answer to the end of the block."""
    server = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                body(port, {})
                break
            except OSError:
                time.sleep(0.1)
        yield Server(server.pid, port)
    finally:
        server.terminate()
        server.wait()


def row(
    name: str, servers: tuple[Server, Server], headers: list[dict[str, str]], options: argparse.Namespace
) -> None:
    def both(seconds: int) -> list[tuple[float, float]]:
        return [wrk(s, h, seconds, options.connections) for s, h in zip(servers, headers, strict=True)]

    both(1)
    pairs = [both(options.seconds) for _ in range(options.runs)]
    rates = statistics.median(mine[0] / other[0] for mine, other in pairs)
    costs = statistics.median(other[1] / mine[1] for mine, other in pairs)
    cells = []
    for side in zip(*pairs, strict=True):
        rate, cost = (statistics.median(one) for one in zip(*side, strict=True))
        cells.append(f"{rate:10,.0f}/s {cost * 1e6:6.1f} µs")
    print(f"{name:12}{cells[0]:>22}{cells[1]:>22}   {rates:.2f}, {costs:.2f}", flush=True)


def wrk(server: Server, headers: dict[str, str], seconds: int, connections: int) -> tuple[float, float]:
    """Requests a second, and seconds of the server's CPU for each."""
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["taskset", "-c", cores()[1], "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *given]
    before = server.cpu
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{DOCUMENT}"], check=True, capture_output=True, text=True
    )
    cpu = server.cpu - before
    assert "Non-2xx" not in ran.stdout, ran.stdout
    rate = re.search(r"Requests/sec: +([\d.]+)", ran.stdout)
    count = re.search(r"(\d+) requests in", ran.stdout)
    assert rate
    assert count
    return float(rate[1]), cpu / int(count[1])


def body(port: int, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", DOCUMENT, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    return answer.read()


def tag(port: int) -> str:
    """The entity tag of the document with gzip."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("HEAD", DOCUMENT, headers={"Accept-Encoding": "gzip"})
    found = connection.getresponse().getheader("ETag")
    assert found
    return found


def cores() -> list[str]:
    return [str(core) for core in sorted(os.sched_getaffinity(0))]


if __name__ == "__main__":
    sys.exit(main())
