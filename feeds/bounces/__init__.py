"""Stage 5: what comes back → Report.

``read`` is the door: bytes of a mail that came to the address for bounces → Incoming, which is a report, or
why it is none, and where a token of ours may stand in it. ``mime`` takes the mail apart, within limits that
hold for whatever somebody sends; ``delivery_status`` reads RFC 3464, ``feedback`` RFC 5965, and ``plain``
what servers write for people only, with the ``words`` that they have for it. ``maildir`` finds the mails
that a server delivered into a folder.

All of it is somebody else's word. Nothing in here decides whom a report is about: that takes a token, which
the caller verifies.
"""
