"""Digests, from the real templates: what readers see, and what the law and mail programs ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from feeds import templating
from feeds.errors import ConfigurationError
from feeds.model.subscriber import Bearer, Cadence
from feeds.newsletter.digest import HTML_LIMIT, Digest, DigestPost, digest_skeleton, reader_values
from feeds.newsletter.message import splice
from feeds.newsletter.publication import Publication
from feeds.newsletter.tokens import Purpose, Signer

Compose = Callable[[Digest], EmailMessage]
MakeDigest = Callable[..., Digest]
MakePost = Callable[..., DigestPost]


@pytest.fixture
def compose(environment: Environment, publication: Publication, signer: Signer, reader: Bearer) -> Compose:
    def made(digest: Digest) -> EmailMessage:
        skeleton = digest_skeleton(environment, publication, digest).skeleton
        values_of = reader_values(signer, publication, issue=7, due=digest.due)
        values = values_of(reader.key, reader.generation, reader.email)
        message = message_from_bytes(splice(skeleton, values), policy=default)
        assert isinstance(message, EmailMessage)
        assert all(part.defects == [] for part in message.walk())
        return message

    return made


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, rich = message.get_body(["plain"]), message.get_body(["html"])
    assert plain
    assert rich
    return plain.get_content(), rich.get_content()


def dom(html: str) -> object:
    return html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)


def test_a_digest_carries_the_fields_that_mail_programs_ask_for(
    compose: Compose, make_digest: MakeDigest, publication: Publication, signer: Signer, reader: Bearer
) -> None:
    message = compose(make_digest())
    token = signer.token(Purpose.UNSUBSCRIBE, reader.key, reader.generation)
    assert {name: str(value) for name, value in message.items() if name != "Content-Type"} == {
        "From": "AIコンパス編集部 <news@example.jp>",
        "To": "reader@example.org",
        "Reply-To": '"Jane \\"JD\\" Doe, Editor" <desk@example.jp>',
        "Subject": "【AIコンパス】新着3本：第1報：小さなモデルで足りる仕事ほか",
        "Date": "Sun, 22 Nov 2026 22:00:00 +0000",
        "Message-ID": signer.message_id(7, reader.key, "example.jp"),
        "MIME-Version": "1.0",
        "Content-Language": "ja",
        "Auto-Submitted": "auto-generated",
        "List-Id": "AIコンパス <news.example.jp>",
        "List-Unsubscribe": f"<https://mail.example.jp/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Archive": "<https://example.jp/>",
        "List-Help": "<https://mail.example.jp/>",
        "Precedence": "bulk",
        "Feedback-ID": "2026-W48:weekly:digest:newsexamplejp",
    }


def test_unsubscribing_by_mail_is_offered_where_somebody_reads_it(
    environment: Environment, publication: Publication, make_digest: MakeDigest
) -> None:
    reading = replace(publication, unsubscribe_mailbox="leave@example.jp")
    head = b"".join(digest_skeleton(environment, reading, make_digest()).skeleton.parts[:5])
    assert b">,\r\n <mailto:leave@example.jp?subject=unsubscribe%20" in head


def test_text_and_html_show_the_same_posts_and_links(
    compose: Compose, make_digest: MakeDigest, signer: Signer, reader: Bearer, publication: Publication
) -> None:
    digest = make_digest(more=5)
    text, html = bodies(compose(digest))
    shown = " ".join(dom(html).itertext())  # type: ignore[attr-defined]
    links = {link.get("href") for link in dom(html).iter("a")}  # type: ignore[attr-defined]
    token = signer.token(Purpose.UNSUBSCRIBE, reader.key, reader.generation)
    choices = signer.token(Purpose.PREFERENCES, reader.key, reader.generation, digest.due)
    for post in digest.posts:
        for words in (post.title, post.excerpt, post.category, post.author, "読了 約4分"):
            assert words in text
            assert words in shown
        assert post.url in text
        assert post.url in links
    for address in (f"/unsubscribe/{token}", f"/preferences/{choices}"):
        assert f"https://mail.example.jp{address}" in text
        assert f"https://mail.example.jp{address}" in links
    for words in (
        publication.postal_address,
        "AIコンパス編集部",
        "2026年11月22日",
        "2026年11月23日",
        "（5本）",
    ):
        assert words in text
        assert words in shown


def test_the_html_is_whole_and_says_its_language(compose: Compose, make_digest: MakeDigest) -> None:
    _, html = bodies(compose(make_digest()))
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root = parser.parse(html)
    assert parser.errors == []
    assert root.get("lang") == "ja"
    assert root.findtext("head/title") == "AIコンパス: 今週の新着記事 3本"
    assert all(table.get("role") == "presentation" for table in root.iter("table"))
    assert all(image.get("alt") is not None and image.get("width") for image in root.iter("img"))
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html
    assert "<script" not in html
    assert "<link" not in html


@pytest.mark.parametrize(
    ("language", "cadence", "posts", "more", "subject"),
    [
        ("ja", Cadence.WEEKLY, 1, 0, "【AIコンパス】第1報：小さなモデルで足りる仕事"),
        ("ja", Cadence.EACH, 1, 0, "第1報：小さなモデルで足りる仕事"),
        ("ja", Cadence.EACH, 2, 10, "【AIコンパス】新着12本：第1報：小さなモデルで足りる仕事ほか"),
        ("en", Cadence.EACH, 1, 0, "第1報：小さなモデルで足りる仕事"),
        ("en", Cadence.DAILY, 1, 0, "AIコンパス: 第1報：小さなモデルで足りる仕事"),
        ("en", Cadence.DAILY, 3, 0, "AIコンパス: 第1報：小さなモデルで足りる仕事 and 2 more"),
    ],
)
def test_subjects(
    compose: Compose,
    make_digest: MakeDigest,
    *,
    language: str,
    cadence: Cadence,
    posts: int,
    more: int,
    subject: str,
) -> None:
    message = compose(make_digest(posts, language=language, cadence=cadence, more=more))
    assert message["Subject"] == subject


@pytest.mark.parametrize("language", ["ja", "en", "fr"])
@pytest.mark.parametrize("cadence", Cadence)
@pytest.mark.parametrize("more", [0, 1, 5])
def test_every_language_cadence_and_number_has_its_words(
    compose: Compose, make_digest: MakeDigest, language: str, cadence: Cadence, more: int
) -> None:
    for posts in (1, 3):
        text, html = bodies(compose(make_digest(posts, language=language, cadence=cadence, more=more)))
        assert "{" not in text
        assert "{{" not in html


def test_dates_are_days_in_the_zone(compose: Compose, make_digest: MakeDigest) -> None:
    text, _ = bodies(compose(make_digest(language="en", zone="America/New_York")))
    assert "This week: 3 new posts · November 22, 2026" in text
    text, _ = bodies(compose(make_digest(language="en", zone="Asia/Tokyo")))
    assert "This week: 3 new posts · November 23, 2026" in text


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("https://example.jp/a.jpg", True),
        ("http://127.0.0.1:8400/a.jpg", True),
        ("http://example.jp/a.jpg", False),
        ("data:image/png;base64,AAAA", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_images_that_mail_programs_show_are_there(
    compose: Compose, make_digest: MakeDigest, make_post: MakePost, image: str, shown: bool
) -> None:
    _, html = bodies(compose(make_digest((make_post(1, image=image), make_post(2, image=image)))))
    assert html.count("<img") == (2 if shown else 0)


def test_what_authors_write_is_text_and_never_markup(
    compose: Compose, make_digest: MakeDigest, make_post: MakePost
) -> None:
    nasty = '<script>alert("1")</script> & {{ hole.unsubscribe_url }}'
    post = make_post(1, title=nasty, excerpt=nasty, author=nasty, category=nasty, image_alt=nasty)
    text, html = bodies(compose(make_digest((post,))))
    root = dom(html)
    assert not list(root.iter("script"))  # type: ignore[attr-defined]
    assert nasty in " ".join(root.itertext())  # type: ignore[attr-defined]
    assert nasty in text


def test_line_ends_and_control_characters_in_titles_do_no_harm(
    compose: Compose, make_digest: MakeDigest, make_post: MakePost
) -> None:
    post = make_post(1, title="題\r\nBcc: x@example.org\x00\u2028名\ud800", excerpt="一行目\n二行目")
    message = compose(make_digest((post,), cadence=Cadence.EACH))
    assert message["Subject"] == "題 Bcc: x@example.org 名"
    assert message["Bcc"] is None


def test_a_post_with_little_to_show_is_shown(compose: Compose, make_digest: MakeDigest) -> None:
    bare = DigestPost("題名だけ", "https://example.jp/x", "", make_digest().due, 1)
    text, html = bodies(compose(make_digest((bare,))))
    assert "題名だけ\nhttps://example.jp/x\n2026年11月23日・読了 約1分\n" in text.replace("\r\n", "\n")
    assert "<img" not in html
    assert 'class="excerpt"' not in html
    assert 'class="label"' not in html


def test_a_digest_too_large_for_gmail_shows_fewer_posts_and_counts_the_others(
    environment: Environment,
    publication: Publication,
    compose: Compose,
    make_digest: MakeDigest,
    make_post: MakePost,
) -> None:
    posts = tuple(make_post(n, excerpt="長い抜粋" * 75, image_alt="絵" * 200) for n in range(1, 81))
    digest = make_digest(posts, more=3)
    composed = digest_skeleton(environment, publication, digest)
    assert 20 < composed.shown < 80
    assert composed.shown + composed.more == 83
    text, html = bodies(compose(digest))
    assert len(html.encode("utf-8")) <= HTML_LIMIT
    assert f"（{composed.more}本）" in text
    assert f"（{composed.more}本）" in html
    assert "新着83本" in composed.subject
    assert posts[composed.shown - 1].url in text
    assert posts[composed.shown].url not in text
    assert "/unsubscribe/" in html[-3000:]


def test_twenty_ordinary_posts_fit(
    environment: Environment, publication: Publication, make_digest: MakeDigest
) -> None:
    assert digest_skeleton(environment, publication, make_digest(20)).shown == 20


def test_a_chapter_in_place_of_an_excerpt_is_cut(
    compose: Compose, make_digest: MakeDigest, make_post: MakePost
) -> None:
    text, _ = bodies(compose(make_digest((make_post(1, title="題" * 9000, excerpt="文" * 90_000),))))
    assert len(text) < 1500


def test_the_same_digest_has_the_same_bytes_for_every_attempt(
    environment: Environment, publication: Publication, make_digest: MakeDigest
) -> None:
    one, other = (digest_skeleton(templating.environment(), publication, make_digest()) for _ in range(2))
    assert one == other == digest_skeleton(environment, publication, make_digest())


def test_readers_of_an_edition_get_their_own_links_and_nothing_else_differs(
    environment: Environment,
    publication: Publication,
    make_digest: MakeDigest,
    signer: Signer,
    reader: Bearer,
) -> None:
    digest = make_digest()
    skeleton = digest_skeleton(environment, publication, digest).skeleton
    values_of = reader_values(signer, publication, issue=7, due=digest.due)
    texts = []
    for key in (1, 2):
        values = values_of(key, reader.generation, reader.email)
        message = message_from_bytes(splice(skeleton, values), policy=default)
        assert isinstance(message, EmailMessage)
        text, html = bodies(message)
        for value in (values["unsubscribe"], values["preferences"]):
            assert text.count(value) == 1
            assert html.count(value) == 1
        texts.append(text.replace(values["unsubscribe"], "").replace(values["preferences"], ""))
    assert texts[0] == texts[1]


def own_template(folder: Path, name: str, content: str) -> Environment:
    file = folder / "mail" / "digest" / name
    file.parent.mkdir(parents=True)
    file.write_text(content, "utf-8")
    return templating.environment([folder])


def test_an_owner_replaces_one_file_and_keeps_the_others(
    tmp_path: Path, publication: Publication, make_digest: MakeDigest
) -> None:
    mine = own_template(tmp_path, "subject.txt", "{{ publication.title }}通信\n")
    assert digest_skeleton(mine, publication, make_digest()).subject == "AIコンパス通信"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            "text.txt",
            "{{ publication.postal_address }}",
            r"text.txt leaves out \{\{ hole.unsubscribe_url \}\}",
        ),
        (
            "html.html",
            "<p>{{ hole.unsubscribe_url }}</p>",
            r"html.html leaves out \{\{ publication.postal_addr",
        ),
        ("subject.txt", " ", "empty subject"),
        ("subject.txt", "{{ digest.tital }}", "subject.txt:1"),
        ("html.html", "{{ 'x' * 99000 }}", "Gmail would cut"),
    ],
)
def test_an_owners_template_cannot_leave_out_what_each_mail_must_show(
    tmp_path: Path,
    publication: Publication,
    make_digest: MakeDigest,
    *,
    name: str,
    content: str,
    complaint: str,
) -> None:
    if "99000" in content:
        content += "{{ hole.unsubscribe_url }}{{ publication.postal_address }}"
    with pytest.raises(ConfigurationError, match=complaint):
        digest_skeleton(own_template(tmp_path, name, content), publication, make_digest())


def test_a_digest_without_posts_cannot_be_made(
    environment: Environment, publication: Publication, make_digest: MakeDigest
) -> None:
    with pytest.raises(ValueError, match="at least one post"):
        digest_skeleton(environment, publication, make_digest(0))


words = st.text(max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=words, excerpt=words, author=words, category=words, alt=words)
def test_whatever_authors_write_the_mail_is_whole(
    compose: Compose,
    make_digest: MakeDigest,
    make_post: MakePost,
    *,
    title: str,
    excerpt: str,
    author: str,
    category: str,
    alt: str,
) -> None:
    post = make_post(1, title=f"x{title}", excerpt=excerpt, author=author, category=category, image_alt=alt)
    text, html = bodies(compose(make_digest((post, post))))
    for body in (text, html):
        assert body.count("/unsubscribe/") == 1
        assert body.count("/preferences/") == 1
