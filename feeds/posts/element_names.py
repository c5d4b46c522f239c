"""Words in pointed brackets that are the names of parts of drawings and formulas.

``vector<int>``, ``<filter>`` and ``<path>`` in a text are elements to the sanitiser, which takes them with
everything up to the end of the paragraph: where no drawing is they could be a trick. Browsers show the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

_OF_DRAWINGS = """
    animate animatemotion animatetransform circle clippath defs desc discard ellipse filter
    foreignobject g line lineargradient marker mask metadata mpath path pattern polygon polyline
    radialgradient rect set stop switch symbol text textpath tspan use view
"""
_OF_FORMULAS = """
    annotation annotation-xml apply ci cn csymbol int maction menclose merror mfenced mfrac mglyph
    mi mlabeledtr mlongdiv mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms
    mscarries mscarry msgroup msline mspace msqrt msrow mstack mstyle msub msubsup msup mtable mtd
    mtext mtr munder munderover none semantics
"""


def _by_first_letter(names: Iterable[str]) -> str:
    """A pattern that looks at one letter where a list of all the names looks at seventy."""
    groups = groupby(sorted(names), key=lambda name: name[0])
    return "|".join(
        f"[{first}{first.upper()}](?i:{'|'.join(re.escape(name[1:]) for name in group)})"
        for first, group in groups
    )


_NAMES = _by_first_letter((*_OF_DRAWINGS.split(), *_OF_FORMULAS.split()))
_PART = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]{{0,2000}})?/?>")
_WHOLE = re.compile(r"<(svg|math)\b(?:[^<]|<(?!/\1\b))*</\1\s*>", re.IGNORECASE)
_BEGUN = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)


def without_stray_parts(html: str) -> str:
    """The HTML without tags that mean something only in a drawing or formula; the text behind them stays."""
    if not _PART.search(html):
        return html
    html = _WHOLE.sub("", html)
    return html if _BEGUN.search(html) else _PART.sub("", html)
