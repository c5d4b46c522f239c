"""Images that nobody sees: they count who reads."""

from __future__ import annotations

import re

_SIGNS = re.compile(
    r"facebook\.com/tr\b|google-analytics\.com/|googletagmanager\.com/|doubleclick\.net/|"
    r"//(?:pixel|stats)\.(?:wp|wordpress|quantserve)\.com/|scorecardresearch\.com/|bat\.bing\.com/|"
    r"feeds?\.feedburner\.com/~|feedburner\.google(?:apis)?\.com/~|list-manage\.com/track/|medium\.com/_/stat|"
    r"px\.ads\.linkedin\.com/|analytics\.twitter\.com/|t\.co/i/adsct|mc\.yandex\.ru/|/(?:matomo|piwik)\.php\b|"
    r"statcounter\.com/|clustrmaps\.com/|assoc-amazon\.[a-z.]+/e/ir|amazon-adsystem\.com/e/ir|"
    r"moshimo\.com/af/i/impression|valuecommerce\.com/(?:servlet|cgi-bin)/gif|\.a8\.net/0\.gif|"
    r"linksynergy\.com/fs-bin/show|accesstrade\.net/sp/rr|/(?:1x1|pixel|spacer|blank|clear)\.(?:gif|png)(?:$|\?)",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|"
    r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$|!)",
    re.IGNORECASE,
)


def is_pixel(source: str, width: str, height: str, style: str) -> bool:
    """Whether an image is there to be fetched and not to be seen."""
    if any(side.strip().lower().removesuffix("px") in {"0", "1"} for side in (width, height)):
        return True
    return bool(style and _HIDDEN.search(style)) or _SIGNS.search(source) is not None
