"""The HTML that stands for shortcodes; none of it is safe before it was sanitised."""

from __future__ import annotations

import re
from html import escape

from feeds.posts.plain import plain

_PARAGRAPH = re.compile(r"\s*<p>(.*)</p>\s*", re.DOTALL)


def attribute(name: str, value: str) -> str:
    """An attribute with a blank before it, or nothing if it has no value."""
    return f' {name}="{escape(value)}"' if value else ""


def inline(markdown: str) -> str:
    """A line of Markdown as HTML without a paragraph around it."""
    from feeds.posts.markdown import to_html

    html = to_html(markdown.strip())
    paragraph = _PARAGRAPH.fullmatch(html)
    return (paragraph[1] if paragraph and "<p>" not in paragraph[1] else html).replace("\n", " ").strip()


def figure(source: str, *, alt: str = "", caption: str = "", title: str = "", link: str = "") -> str:
    """An image with its caption, if it has one, and a link around it, if it is one."""
    shown = inline(caption) if caption else ""
    if title:
        heading = f"<strong>{escape(title)}</strong>"
        shown = f"{heading}<br>{shown}" if shown else heading
    image = f'<img src="{escape(source)}" alt="{escape(alt or plain(caption))}">'
    if link:
        image = f'<a href="{escape(link)}">{image}</a>'
    return f"<figure>{image}<figcaption>{shown}</figcaption></figure>" if shown else f"<p>{image}</p>"


def media(kind: str, source: str, *, poster: str = "") -> str:
    """A video or a sound that its reader starts."""
    return f'<p><{kind} src="{escape(source)}"{attribute("poster", poster)} controls></{kind}></p>'


def linked(address: str, text: str = "") -> str:
    """A paragraph with a link."""
    return f'<p><a href="{escape(address)}">{escape(text or address)}</a></p>'


def code_block(code: str, language: str = "", *, markdown: bool = True) -> str:
    """A fenced block that no backtick in the code can close; what it stands for where the body is HTML."""
    code = code.strip("\n")
    if not markdown:
        named = attribute("class", language and f"language-{language}")
        return f"<pre><code{named}>{escape(code, quote=False)}</code></pre>"
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n\n{fence}{language}\n{code}\n{fence}\n\n"
