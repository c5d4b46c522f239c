"""DKIM: mails signed for the domain that sends them (RFC 6376), for relays that do not sign themselves.

::

    canonical.py  what of a message is signed, and in which form: relaxed/relaxed
    keys.py       PEM → Key: its algorithm, its signature, its DNS record; made with ``cryptography``
    signing.py    messages and skeletons → signed messages

Only ``keys`` imports ``cryptography``, and only where the configuration names a key.
"""
