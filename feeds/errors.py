"""What can go wrong, as a tree.

::

    KawarabanError            says what is wrong, where, and what to do
    ├── UsageError            the call was wrong (exit 2)
    ├── ConfigurationError    the configuration is wrong; carries the file and the key
    ├── PostsError            the posts folder cannot be read
    │   ├── PostsMissing      it is not there, or has lost most of its posts
    │   └── SourceChanged     a file changed between the scan and the reading of its body
    ├── PublishError          a document cannot be written
    │   └── ForeignFile       a file that we did not write stands in the way
    ├── StoreError            the database cannot be used
    │   └── Busy              another process has the turn, or another daemon runs
    │       └── Standby       another node does it for all
    ├── InvalidAddress        not an e-mail address that mail can be sent to
    ├── InvalidToken          a link was not made by us, or is too old
    └── DeliveryError         mail cannot be sent
        ├── RelayUnreachable  the relay did not answer, or refused us all
        └── RestoredCopy      the database is a copy that nobody took into use yet
"""

from __future__ import annotations


class KawarabanError(Exception):
    """Something is wrong that the person at the keyboard can mend."""


class UsageError(KawarabanError):
    """The command was called in a way that cannot be carried out."""


class ConfigurationError(KawarabanError):
    """The configuration cannot be used as it stands."""


class PostsError(KawarabanError):
    """The posts folder cannot be read."""


class PostsMissing(PostsError):
    """The posts folder is not there, or does not have the posts that are shown: nothing was changed."""


class SourceChanged(PostsError):
    """A file is no longer what the scan saw; the next scan will see it anew."""


class PublishError(KawarabanError):
    """A document cannot be written."""


class ForeignFile(PublishError):
    """A file that no run of ours wrote stands where a document should go."""


class StoreError(KawarabanError):
    """The database cannot be used."""


class Busy(StoreError):
    """Another process holds what this one needs."""


class Standby(Busy):
    """Another node does this for all; this one takes over once that one is gone."""


class InvalidAddress(KawarabanError):
    """The text is not an e-mail address that mail can be sent to."""


class InvalidToken(KawarabanError):
    """The token was not made by us for this purpose, or it is too old."""


class DeliveryError(KawarabanError):
    """Mail cannot be sent."""


class RelayUnreachable(DeliveryError):
    """The relay did not answer, or would not talk to us at all."""


class RestoredCopy(DeliveryError):
    """The database is a copy, and its original may have mailed since: the owner has to say what is sent."""
