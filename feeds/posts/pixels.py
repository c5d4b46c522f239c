"""Images that nobody sees: they count who reads."""

from __future__ import annotations

import re

_SIGNS = (
    "facebook.com/tr?",
    "facebook.com/tr/?",
    "google-analytics.com/",
    "googletagmanager.com/",
    "doubleclick.net/",
    "//pixel.wp.com/",
    "//stats.wp.com/",
    "//stats.wordpress.com/",
    "//pixel.quantserve.com/",
    "scorecardresearch.com/",
    "bat.bing.com/",
    "feeds.feedburner.com/~",
    "feedburner.google.com/~",
    "list-manage.com/track/",
    "medium.com/_/stat",
    "px.ads.linkedin.com/",
    "analytics.twitter.com/",
    "t.co/i/adsct",
    "mc.yandex.ru/",
    "/matomo.php",
    "/piwik.php",
    "statcounter.com/",
    "amazon-adsystem.com/e/ir",
    "assoc-amazon.jp/e/ir",
    "assoc-amazon.com/e/ir",
    "moshimo.com/af/i/impression",
    "valuecommerce.com/servlet/gif",
    "valuecommerce.com/cgi-bin/gif",
    ".a8.net/0.gif",
    "linksynergy.com/fs-bin/show",
    "accesstrade.net/sp/rr",
    "/1x1.gif",
    "/1x1.png",
    "/spacer.gif",
    "/blank.gif",
    "/pixel.gif",
    "/clear.gif",
)
"""In the addresses of what counts readers of blogs, and clicks on what they advertise; in lower case."""
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|"
    r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!)",
    re.IGNORECASE,
)


def is_pixel(source: str, width: str, height: str, style: str) -> bool:
    """Whether an image is there to be fetched and not to be seen."""
    if any(side.strip().lower().removesuffix("px") in {"0", "1"} for side in (width, height)):
        return True
    address = source.lower()
    return bool(style and _HIDDEN.search(style)) or any(sign in address for sign in _SIGNS)
