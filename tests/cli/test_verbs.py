"""The command line alone: exit statuses, what is printed where, and what JSON carries."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feeds.cli import kawaraban
from feeds.cli.groups import LazyGroup
from feeds.errors import ConfigurationError, ForeignFile, KawarabanError, UsageError
from feeds.model.issue import DeliveryState
from feeds.model.report import Finding, PlannedIssue

Say = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
START = [sys.executable, "-c", "import sys; from feeds.cli import main; sys.exit(main())"]
VERBS = [
    "init",
    "check",
    "build",
    "announce",
    "feeds",
    "plan",
    "tick",
    "run",
    "demo",
    "subscribers",
    "readers",
    "redirects",
    "deliveries",
    "bounces",
    "receive",
    "hold",
    "release",
    "pause",
    "resume",
    "cancel",
    "backup",
    "restored",
    "dkim",
    "test-send",
]
ABOUT_READERS = ["add", "list", "show", "allow", "remove", "export", "import"]


def test_every_verb_is_there(say: Say) -> None:
    said = say("--help")
    assert said.status == 0
    listed = [line.split()[0] for line in said.out.splitlines() if line.startswith("  ")]
    assert listed[-len(VERBS) :] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(say: Say, verb: str) -> None:
    said = say(verb, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: kawaraban {verb}")


@pytest.mark.parametrize("verb", ABOUT_READERS)
def test_every_verb_about_readers_explains_itself(say: Say, verb: str) -> None:
    assert say("subscribers", verb, "--help").status == 0


def test_the_overview_imports_no_verb() -> None:
    check = (
        "import sys; from feeds.cli import main; main(['--help']); "
        "sys.exit(any(m in sys.modules for m in ('rich', 'feeds.cli.mailing', 'feeds.config')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, check=False).returncode
        == 0
    )


def test_every_verb_names_where_it_lies() -> None:
    assert isinstance(kawaraban, LazyGroup)
    for name in VERBS:
        command = kawaraban.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize(
    "words",
    [["biuld"], ["build", "--replce"], ["hold", "--nothing"], ["deliveries", "x"], ["run", "--only", "x"]],
)
def test_wrong_usage_ends_with_2(say: Say, words: list[str]) -> None:
    said = say(*words)
    assert said.status == 2
    assert said.out == ""
    assert "Usage: " in said.err


def test_a_misspelt_verb_is_met_with_the_nearest(say: Say) -> None:
    assert "Did you mean 'build'?" in say("biuld").err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ForeignFile("feeds/all.json: not ours; build --replace takes its place"), 1),
        (UsageError("there is no post “x”"), 2),
        (KawarabanError("two\nlines"), 1),
        (OSError(28, "No space left on device", "feeds/all.json"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_expected_errors_are_sentences(say: Say, memory: Any, error: BaseException, status: int) -> None:
    memory.error = error
    said = say("build")
    assert said.status == status
    assert "Traceback" not in said.err
    assert all(line.startswith("kawaraban: ") for line in said.err.splitlines() if line)
    assert memory.closed == 1


def test_a_missing_configuration_says_what_to_do(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = say("check")
    assert said.status == 1
    assert "make one with `kawaraban init`" in said.out + said.err


def test_the_configuration_may_be_named_before_or_after_the_verb(say: Say, memory: Any, home: Path) -> None:
    (home / "config" / "kawaraban.toml").rename(home / "other.toml")
    assert say("build").status == 1
    assert say("build", "--config", "other.toml").status == 0
    assert say("--config", "other.toml", "build").status == 0


def test_build_json_has_the_documented_shape(say: Say, memory: Any) -> None:
    said = say("build", "--json")
    assert json.loads(said.out) == {
        "posts": {
            "new": 1,
            "changed": 2,
            "unchanged": 3,
            "gone": 4,
            "visible": 6,
            "withheld": [{"file": "draft.md", "reason": "draft"}],
            "problems": [{"file": "bad.md", "line": 3, "key": "date", "message": "no date"}],
        },
        "feeds": {"written": ["feeds/all.json"], "unchanged": ["feeds/all.rss.xml"]},
        "seconds": 0.123,
    }
    assert said.err == ""


def test_build_says_what_changed_and_counts_problems(say: Say, memory: Any) -> None:
    said = say("build")
    assert "6 posts visible: 1 new, 2 changed, 3 unchanged; 4 gone" in said.out
    assert "feeds/all.json" in said.out
    assert "1 problem with posts" in said.err
    assert memory.asked == [("build", False)]
    say("build", "--replace")
    assert memory.asked[-1] == ("build", True)


def test_check_prints_a_line_for_each_finding(say: Say, memory: Any) -> None:
    memory.findings = (
        Finding(True, "_posts/a.md", 3, "date", "no such day"),
        Finding(False, "_posts/b.md", 0, "", "stands twice"),
    )
    said = say("check")
    assert said.out == "_posts/a.md:3: date: no such day\n_posts/b.md: stands twice\n"
    assert "1 problem, 1 remark" in said.err
    assert said.status == 1


def test_check_counts_what_is_alike(say: Say, memory: Any) -> None:
    said = "`{{{{< {} n={} >}}}}` is nothing that Kawaraban can render"
    memory.findings = tuple(
        Finding(False, f"{name}{n}.md", 1, "", said.format(name, n))
        for name in ("ad", "card")
        for n in range(5)
    )
    lines = say("check").out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "ad0.md", "ad1.md", "ad2.md", "card0.md", "card1.md", "card2.md",
    ]  # fmt: skip
    assert lines[-1].startswith("and so it is with 2 × `{{< ad …`, 2 × `{{< card …`")
    assert len(say("check", "--all").out.splitlines()) == 10
    assert len(json.loads(say("check", "--json").out)["findings"]) == 10


def test_check_ends_with_0_when_readers_get_everything(say: Say, memory: Any) -> None:
    memory.findings = (Finding(False, "a.md", 1, "tags", "stands twice"),)
    said = say("check", "--json")
    assert said.status == 0
    assert json.loads(said.out)["findings"][0]["line"] == 1


def test_check_shows_errors_of_the_configuration_as_findings(say: Say, memory: Any) -> None:
    memory.error = ConfigurationError("/x/k.toml:3: site.url: wrong\n/x/k.toml: this is not TOML: nonsense")
    said = say("check")
    assert said.out == "/x/k.toml:3: site.url: wrong\n/x/k.toml: this is not TOML: nonsense\n"
    assert said.status == 1
    findings = json.loads(say("check", "--json").out)["findings"]
    assert findings[0] == {
        "severe": True,
        "file": "/x/k.toml",
        "line": 3,
        "key": "site.url",
        "message": "wrong",
    }


def test_a_clock_without_a_zone_is_the_sites(say: Say, memory: Any) -> None:
    assert say("plan", "--now", "2026-11-23T07:00").status == 0
    assert memory.now == datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert say("tick", "--now", "2026-11-23T07:00+01:00").status == 0
    assert memory.now == datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize("now", ["monday", "2026-13-01", "0001-01-01"])
def test_a_clock_that_is_no_time_is_wrong_usage(say: Say, memory: Any, now: str) -> None:
    said = say("tick", "--now", now)
    assert said.status == 2
    assert f"kawaraban: --now {now}: " in said.err


def test_plan_shows_when_what_and_how_many(say: Say, memory: Any) -> None:
    due = datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("Asia/Tokyo"))
    memory.planned = (PlannedIssue("weekly", "2026-W48", due, 1, ("題", "B"), 3),)
    assert (
        say("plan").out == "Mon 2026-11-23 07:00  weekly 2026-W48  to 1 reader\n  題\n  B\n  … and 3 more\n"
    )
    assert json.loads(say("plan", "--json").out)[0]["due"] == "2026-11-23T07:00:00+09:00"


def test_tick_ends_with_1_when_the_relay_could_not_be_reached(say: Say, memory: Any) -> None:
    assert say("tick").status == 0
    memory.trouble = "smtp://localhost:25 does not answer"
    said = say("tick")
    assert said.status == 1
    assert "kawaraban: smtp://localhost:25 does not answer" in said.err
    assert "3 mails left for a later tick" in said.out


def test_tick_json_keeps_progress_out_of_the_way(say: Say, memory: Any) -> None:
    said = say("tick", "--json")
    assert json.loads(said.out)["sent"] == 2
    assert "sending issue 7" in said.err


def test_deliveries_json_counts_every_state_under_its_name(say: Say, memory: Any) -> None:
    (issue,) = json.loads(say("deliveries", "--json").out)
    assert {key: issue[key] for key in ("id", "cadence", "period", "posts", "audience")} == {
        "id": 7,
        "cadence": "weekly",
        "period": "2026-W48",
        "posts": 10,
        "audience": 3,
    }
    assert {state: issue[state] for state in map(str, DeliveryState)} == {
        **dict.fromkeys(map(str, DeliveryState), 0),
        "sent": 2,
        "rejected": 1,
    }


def test_deliveries_of_an_issue_are_a_row_per_reader(say: Say, memory: Any) -> None:
    (row,) = json.loads(say("deliveries", "7", "--json").out)
    assert set(row) == {"email", "state", "attempts", "message_id", "reply", "bounce"}
    assert say("deliveries", "8").status == 2


def test_what_others_wrote_cannot_steer_the_terminal(say: Say, memory: Any) -> None:
    said = say("deliveries", "7")
    assert "\x1b" not in said.out
    assert "250 ok\\x1b[2J" in said.out


def test_tables_are_tab_separated_in_a_pipe(say: Say, memory: Any) -> None:
    header, row = say("deliveries").out.splitlines()
    assert header.split("\t") == [
        "issue",
        "cadence",
        "period",
        "due",
        "posts",
        "audience",
        "now",
        "sent",
        "rejected",
    ]
    assert row.split("\t")[-2:] == ["2", "1"]


def test_posts_are_held_listed_and_released(say: Say, memory: Any) -> None:
    assert say("hold").out == "no post is held\n"
    assert say("hold", "a.md", "b.md").out == "held: a.md\nheld: b.md\n"
    assert json.loads(say("hold", "--json").out) == ["a.md", "b.md"]
    assert say("release").status == 2
    assert say("release", "--all").out == "released: a.md\nreleased: b.md\n"


def test_test_send_prints_the_servers_reply(say: Say, memory: Any) -> None:
    assert say("test-send", "a@example.org", "--category", "AI").out == "a@example.org: 250 ok\n"
    assert memory.asked == [("test_send", ("a@example.org", ("AI",)))]


def test_a_reader_is_added_shown_and_erased(say: Say, memory: Any) -> None:
    said = say(
        "subscribers", "add", "a@EXAMPLE.org", "--category", "nothing", "--cadence", "daily", "--confirmed"
    )
    assert said.out == "a@example.org: added\n"
    assert said.err == "kawaraban: no post has the category 'nothing' yet\n"
    shown = json.loads(say("subscribers", "show", "a@example.org", "--json").out)
    assert (shown["state"], shown["cadence"], shown["categories"]) == ("confirmed", "daily", ["nothing"])
    assert "due         07:00 (Asia/Tokyo)" in say("subscribers", "show", "a@example.org").out
    assert "a@example.org\tconfirmed\tdaily\tja\tnothing" in say("subscribers", "list").out
    assert say("subscribers", "remove", "a@example.org").out == "a@example.org: erased\n"
    assert say("subscribers", "remove", "a@example.org").status == 1
    assert say("subscribers", "show", "a@example.org").status == 1


def test_an_address_that_is_none_is_refused(say: Say, memory: Any) -> None:
    said = say("subscribers", "add", "nobody")
    assert said.status == 1
    assert "'nobody' is not an e-mail address" in said.err


def test_import_names_bad_rows_and_takes_the_rest(say: Say, memory: Any, home: Path) -> None:
    text = "email,氏名,メモ\r\na@example.jp,花子,x\r\nnobody,,\r\nb@example.jp,太郎,y\r\n"
    (home / "list.csv").write_bytes(text.encode("cp932"))
    said = say("subscribers", "import", "list.csv", "--confirmed")
    assert said.status == 1
    assert said.out == "2 added\n1 not imported\n"
    assert "list.csv: read as Shift_JIS" in said.err
    assert "list.csv: the column 'メモ' is ignored" in said.err
    assert "list.csv:3: email: 'nobody'" in said.err
    assert [asked[1][:2] for asked in memory.asked] == [("a@example.jp", "花子"), ("b@example.jp", "太郎")]


def test_import_never_brings_back_who_left_or_confirms_who_did_not(say: Say, memory: Any, home: Path) -> None:
    (home / "list.csv").write_text(
        "email,state\nleft@example.org,unsubscribed\nwaits@example.org,pending\nin@example.org,confirmed\n"
    )
    said = say("subscribers", "import", "list.csv", "--confirmed")
    assert said.out == "1 added\n1 confirmation sent\n1 passed over: unsubscribed\n"
    assert [(asked[1][0], asked[1][-1]) for asked in memory.asked] == [
        ("waits@example.org", False),
        ("in@example.org", True),
    ]


def test_a_list_that_is_not_there_is_wrong_usage(say: Say, memory: Any) -> None:
    assert say("subscribers", "import", "none.csv").status == 2


def test_export_gives_what_import_takes(say: Say, memory: Any, home: Path) -> None:
    say("subscribers", "add", "a@example.org", "--name", "=1+1", "--category", "ai", "--confirmed")
    said = say("subscribers", "export")
    assert said.out == (
        "email,name,language,categories,cadence,state\na@example.org,'=1+1,ja,ai,weekly,confirmed\n"
    )
    assert say("subscribers", "export", "--output", "out.csv").status == 0
    assert (home / "out.csv").read_text(encoding="utf-8") == said.out
    assert say("subscribers", "import", "out.csv").status == 0
    assert memory.asked[-1][1][1] == "=1+1"


def test_a_reader_who_goes_away_is_no_error_to_talk_about(home: Path) -> None:
    command = [*START, "--help"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert said == b""


def test_the_exit_status_reaches_the_shell(home: Path) -> None:
    done = subprocess.run(
        [*START, "build", "--config", "/none.toml"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"kawaraban: ")


def test_pause_tells_exactly_who_had_it(say: Say, memory: Any) -> None:
    said = say("pause", "7", "--reason", "wrong link")
    assert said.out == (
        "issue 7, weekly 2026-W48: paused (wrong link); 600 sent, 2 in flight, 398 not sent, of 1,000\n"
    )
    assert memory.asked == [("pause", (7, "wrong link"))]
    shown = json.loads(say("pause", "7", "--json").out)
    assert (shown["state"], shown["sent"], shown["inflight"], shown["pending"]) == ("paused", 600, 2, 398)


def test_deliveries_can_be_asked_by_state(say: Say, memory: Any) -> None:
    assert json.loads(say("deliveries", "7", "--state", "rejected", "--json").out) == []
    said = say("deliveries", "7", "--state", "sent")
    assert "a@example.org" in said.out
    assert (
        said.err == "issue 7, weekly 2026-W48: under way; 2 sent, 0 in flight, 0 not sent, 1 rejected, of 3\n"
    )
    assert say("deliveries", "7", "--state", "lost").status == 2
    assert say("deliveries", "--state", "sent").status == 2


def test_hold_warns_of_issues_that_bring_the_post_all_the_same(say: Say, memory: Any) -> None:
    said = say("hold", "p.md")
    assert said.err == "kawaraban: issue 7 still brings it to 3 readers; `kawaraban cancel 7` stops that\n"
