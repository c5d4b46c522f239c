"""Subject, text and HTML of a mail from its three templates, CSS inlined, and what no mail may lack."""

from __future__ import annotations

from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any

from feeds.errors import ConfigurationError
from feeds.model.noun import dataclass
from feeds.newsletter.wording import one_line

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

SUBJECT_COLUMNS = 200
"""Longer than any mail program shows; a title that is a whole paragraph ends here."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail before it is encoded."""

    subject: str
    text: str
    html: str


def render_mail(environment: Environment, kind: str, context: dict[str, Any]) -> Rendered:
    """The mail that ``mail/<kind>/{subject.txt,text.txt,html.html}`` make of this context.

    Raises ConfigurationError, with file and line, for a template that cannot be used.
    """
    subject, text, html = (
        environment.get_template(f"mail/{kind}/{name}").render(context)
        for name in ("subject.txt", "text.txt", "html.html")
    )
    subject = one_line(subject)
    if not subject:
        raise ConfigurationError(f"the template mail/{kind}/subject.txt gives an empty subject")
    return Rendered(subject, text.strip("\n") + "\n", _inliner().inline(html))


def require(rendered: Rendered, kind: str, needed: dict[str, str]) -> None:
    """Checks that text and HTML both show what law and readers ask for.

    ``needed`` maps what a template has to write to what that became. Raises ConfigurationError, as only
    a template of the owner can leave it out.
    """
    bodies = {"text.txt": rendered.text, "html.html": unescape(rendered.html)}
    for name, body in bodies.items():
        for expression, value in needed.items():
            if value not in body:
                raise ConfigurationError(
                    f"the template mail/{kind}/{name} leaves out {{{{ {expression} }}}}, "
                    "which each mail has to show"
                )


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    # At-rules stay for dark mode and phones; by default it would fetch style sheets from the network.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
