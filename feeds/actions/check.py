"""Check: what keeps posts, feeds or mails from readers; writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches

from feeds.actions.bodies import findings_of_bodies
from feeds.actions.categories import Clash, gather, published_labels
from feeds.actions.matching import Findings
from feeds.actions.no_posts import none_is_a_post
from feeds.actions.reading import Scan, read_files
from feeds.actions.reconcile import Changes, reconcile
from feeds.actions.spellings import joining_line, variants
from feeds.actions.withdrawal import doubt
from feeds.model.category import Categories, Category
from feeds.model.noun import dataclass
from feeds.model.post import Guess, Parsed, Post, Problem, Source, Withheld
from feeds.model.report import CheckReport, Finding
from feeds.model.subscriber import EVERYTHING
from feeds.posts.dialects.settings import broken_settings
from feeds.posts.dialects.table import dialect_named, recognise
from feeds.posts.folder import list_sources
from feeds.store import posts as posts_store
from feeds.store import publications
from feeds.store import sources as sources_store
from feeds.store import subscribers as subscribers_store
from feeds.store.database import Database
from feeds.store.post_rows import KnownPost


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the store has to say; nothing where there is none yet."""

    posts: Sequence[KnownPost] = ()
    paths: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    feeds: tuple[str, ...] = ()


def check(
    database: Database | None,
    what: Scan,
    configured: Sequence[Category],
    *,
    file: str,
    remarks: Iterable[Finding],
    now: datetime,
) -> CheckReport:
    """Findings about every file, category and topic, severe ones first.

    ``file`` is the configuration file, which findings about categories name. Raises PostsError if the
    folder cannot be read.
    """
    why, of_dialect = _of_dialect(what, file)
    memory = _remember(database)
    sources = list_sources(what.folder)
    parsed = read_files(what, sources)
    vanished = memory.paths - {result.path for _, result in parsed}
    seen = Findings(parsed, vanished, now, first=False)
    changes = reconcile(memory.posts, seen, what.policy)
    after = {post.key: post for post in memory.posts} | {post.key: post for post in changes.changed}
    posts = [*after.values(), *changes.new]
    visible = [known.post for known in posts if known.state == "visible"]
    counted = Counter(label for post in visible for label in post.categories)
    published = published_labels(memory.feeds)
    categories, clashes = gather(configured, counted.elements(), published)
    findings = [*_of_folder(_doubt(database, what, memory, changes, seen), file)]
    findings += _of_nothing(parsed, what, file)
    findings += [*_of_files(parsed, changes.problems), *_of_posts(posts), *_of_dates(what, parsed)]
    findings += _of_spellings(counted, categories, clashes, file)
    findings += _of_tags(Counter(tag for post in visible for tag in post.tags))
    findings += findings_of_bodies(what, [post for _, post in parsed if isinstance(post, Post)])
    findings += _of_categories(categories, configured, counted, file)
    findings += _of_topics(categories, memory.topics, counted)
    findings += [*of_dialect, *remarks]
    findings.sort(key=_severest_first)
    return CheckReport(
        tuple(findings),
        len(visible),
        tuple(_withheld(parsed, posts)),
        what.site.dialect,
        tuple(counted.most_common()),
        why,
    )


def _severest_first(finding: Finding) -> tuple[bool, bool, str, int, str]:
    """Where the folder is not what it was, other findings follow from that."""
    return finding.key != _FOLDER, not finding.severe, finding.file, finding.line, finding.message


_FOLDER = "posts.folder"


def _of_folder(why: str, file: str) -> Iterator[Finding]:
    """That a build would change nothing, as most posts are missing."""
    if why:
        yield Finding(True, file, 0, _FOLDER, why)


def _of_nothing(parsed: Sequence[tuple[Source, Parsed]], what: Scan, file: str) -> Iterator[Finding]:
    """That there are files and no post: the folder is another, or dates have a name that nobody knows."""
    pages = [result for _, result in parsed if isinstance(result, Withheld) and result.reason == "not a post"]
    if pages and len(pages) == len(parsed):
        yield Finding(False, file, 0, _FOLDER, none_is_a_post(len(pages), what.site.dialect))


def _doubt(database: Database | None, what: Scan, memory: _Memory, changes: Changes, seen: Findings) -> str:
    if database is None:
        return ""
    with database.read() as connection:
        return doubt(connection, what.folder, memory.posts, changes, seen)


def _of_dialect(what: Scan, file: str) -> tuple[str, list[Finding]]:
    """By what one sees the dialect, and what is odd about that."""
    seen, named = recognise(what.folder), what.site.dialect
    findings = [Finding(True, name, line, "", said) for name, line, said in broken_settings(what.site.files)]
    if seen.dialect == named:
        return seen.why, findings
    if seen.dialect != "plain":
        said = f"is {named!r}, and yet the posts look like those of {seen.dialect!r}, because of {seen.why}"
        findings.append(Finding(False, file, 0, "posts.dialect", said))
    return "the configuration", findings


def _remember(database: Database | None) -> _Memory:
    if database is None:
        return _Memory()
    with database.read() as connection:
        return _Memory(
            posts_store.known_posts(connection),
            frozenset(sources_store.statuses(connection)),
            frozenset(subscribers_store.chosen_topics(connection)) - {EVERYTHING},
            tuple(publications.known_feeds(connection)),
        )


def _of_files(parsed: Iterable[tuple[Source, Parsed]], clashes: Iterable[Problem]) -> Iterator[Finding]:
    for _, result in parsed:
        if isinstance(result, Problem):
            yield Finding(True, result.path, result.line, result.key, result.message)
        elif isinstance(result, Post):
            yield from (Finding(False, result.path, 0, "", note) for note in result.notes)
        elif result.path.lower().endswith(".rst"):
            said = "is reStructuredText, which is not read; turn it into Markdown to have it in feeds"
            yield Finding(False, result.path, 0, "", said)
    for problem in clashes:
        yield Finding(True, problem.path, problem.line, problem.key, problem.message)


def _of_dates(what: Scan, parsed: Iterable[tuple[Source, Parsed]]) -> Iterator[Finding]:
    """What counts for posts whose date nobody wrote down: for each kind once."""
    guessed = [post for _, post in parsed if isinstance(post, Post) and post.guess]
    for kind, counts in _GUESSES.items():
        found = [post for post in guessed if post.guess is kind]
        if found:
            others = f"; so it is for {len(found) - 1:,} more" if len(found) > 1 else ""
            day = "" if kind is Guess.SIGHT else f", {found[0].published.astimezone(what.site.zone):%Y-%m-%d}"
            hint = dialect_named(what.site.dialect).date_hint
            said = f"no date is written down; that {counts}{day} counts{others}. If it is wrong, {hint}"
            yield Finding(False, found[0].path, 0, "date", said)


_GUESSES = {
    Guess.COMMIT: "of the commit which published it",
    Guess.UPDATED: "of the last change which Kawaraban saw first",
    Guess.SIGHT: "of first sight, as git knows none (a shallow clone never does),",
}


def _of_posts(posts: Iterable[KnownPost]) -> Iterator[Finding]:
    for known in posts:
        if known.state == "clash":
            message = f"has the same address as {known.twin}: {known.post.url}"
            yield Finding(True, known.post.path, 0, "permalink", message)
        if known.hold and known.state == "visible":
            why = "many posts came at once" if known.hold == "bulk" else "you hold it"
            yield Finding(False, known.post.path, 0, "", f"is not mailed until `kawaraban release`: {why}")


def _withheld(parsed: Iterable[tuple[Source, Parsed]], posts: Iterable[KnownPost]) -> Iterator[Withheld]:
    yield from (result for _, result in parsed if isinstance(result, Withheld))
    for known in posts:
        if known.state in {"future", "expired"}:
            yield Withheld(known.post.path, known.post.fingerprint, known.state)


def _of_spellings(
    counted: Counter[str], categories: Categories, clashes: Iterable[Clash], file: str
) -> Iterator[Finding]:
    """Labels that are spelt in several ways, and those that have no feed for another reason."""
    feedless = {clash.left_out: clash for clash in clashes}
    for found in variants(counted, categories):
        hit = [feedless.pop(label) for label in found.others if label in feedless]
        without = f", which {'has' if len(hit) == 1 else 'have'} no feed so" if hit else ""
        join = f"{found.message}{without}; to join them: {joining_line(found, categories)}"
        yield Finding(bool(hit), file, 0, "categories", join)
    for clash in feedless.values():
        yield Finding(True, file, 0, "categories", clash.message)


def _of_tags(counted: Counter[str]) -> Iterator[Finding]:
    for found in variants(counted):
        yield Finding(False, "tags", 0, "", f"{found.message}; spell them alike to have one feed of them")


def _of_categories(
    categories: Categories, configured: Iterable[Category], counted: Counter[str], file: str
) -> Iterator[Finding]:
    """Configured categories that no post has: that is how a feed dies unseen."""
    for category in configured:
        if not any(counted[label] for label in (category.label, *category.formerly)):
            message = f"no post has the category {category.label!r}"
            message += _nearest(category.label, categories, counted, hint='name it in `formerly = ["…"]`')
            yield Finding(True, file, 0, f'categories."{category.label}"', message)


def _of_topics(categories: Categories, topics: Iterable[str], counted: Counter[str]) -> Iterator[Finding]:
    """Categories that readers subscribed to and no post has: that is how a subscription dies unseen."""
    for slug in sorted(topics):
        category = categories.find(slug)
        names = (category.label, *category.formerly) if category else ()
        if not any(counted[label] for label in names):
            name = category.label if category else slug
            message = f"readers subscribed to the category {name!r}, which no post has"
            message += _nearest(name, categories, counted, hint="`formerly` joins a renamed one to its past")
            yield Finding(True, "subscribers", 0, "categories", message)


def _nearest(name: str, categories: Categories, counted: Counter[str], *, hint: str) -> str:
    living = [c.label for c in categories.all if counted[c.label] and c.label != name]
    close = get_close_matches(name, living, n=1, cutoff=0.3)
    return f"; the nearest that posts have is {close[0]!r}: {hint}" if close else ""
