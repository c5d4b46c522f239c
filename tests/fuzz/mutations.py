"""Ways to break a file by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

TOKENS = [
    token.encode("utf-8", "surrogatepass")
    for token in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "<svg onload=x>",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "&#0;",
        "&#x1F;",
        "\0",
        "\x0b",
        "\x1b[0m",
        "\ufffe",
        "\ud800",
        "\u202e",
        "\ufeff",
        "\u2028",
        "---\n",
        "+++\n",
        "\n---\n",
        "...\n",
        "{\n",
        "}\n",
        "title: ",
        "date: 2025-01-01\n",
        "draft: true\n",
        "tags: [",
        "&a ",
        "*a",
        "<<: *a\n",
        "!!python/object:os.system x\n",
        "? ",
        "- ",
        ": ",
        "|\n",
        ">\n",
        "{% raw %}",
        "{% endraw %}",
        "{% highlight x %}",
        "{% include x %}",
        "{% for a in b %}",
        "{% endfor %}",
        "{{ x }}",
        '{{< figure src="x" >}}',
        "{{% x %}}",
        "{{< /x >}}",
        ":::message\n",
        "\n:::\n",
        "@[card](https://a.example/)",
        "```\n",
        "`",
        "~~~\n",
        "|a|b|\n|-|-|\n|1|2|\n",
        "[^1]",
        "\n[^1]: x\n",
        "**",
        "$$",
        "<details>",
        "</div>",
        "<div>",
        '<a href="',
        '">',
        "<iframe src=//youtube.com/embed/x>",
        "<noscript>",
        "<style>",
        "<table><tr><td>",
        "<!--more-->",
        "{#id}",
        "https://例え.jp/日本。",
        "x" * 5000,
        "\n" * 500,
        ">" * 300,
        "[" * 500,
        "<b>" * 400,
        "- " * 200,
        "\t" * 50,
        "。" * 300,
        "import x from 'y'\n",
        "<A b={c}>",
        "{1 + 1}",
    )
]

_Way = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutated(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The data after one to eight accidents."""
    for _ in range(random.choice((1, 1, 2, 3, 5, 8))):
        data = random.choice(_WAYS)(random, data, others)
    return data[:400_000]


def _insert(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    at = _place(random, data)
    return data[:at] + random.choice(TOKENS) + data[at:]


def _insert_near_the_top(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    at = random.randrange(min(len(data), 300) + 1)
    return data[:at] + random.choice(TOKENS) + data[at:]


def _cut(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    start = _place(random, data)
    return data[:start] + data[start + random.choice((1, 1, 2, 10, 100, 5000)) :]


def _flip(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _repeat(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    start = _place(random, data)
    piece = data[start : start + random.choice((1, 5, 30, 200))]
    return data[:start] + piece * random.choice((2, 10, 100)) + data[start:]


def _swap_lines(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, two = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def _cross(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    return data[: _place(random, data)] + other[_place(random, other) :]


def _truncate(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    return data[: _place(random, data)]


_WAYS: tuple[_Way, ...] = (
    _insert,
    _insert,
    _insert,
    _insert_near_the_top,
    _cut,
    _flip,
    _repeat,
    _swap_lines,
    _cross,
    _truncate,
)


def _place(random: Random, data: bytes) -> int:
    return random.randrange(len(data) + 1)
