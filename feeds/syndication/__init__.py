"""Stage 2: a Feed becomes the bytes of Documents, and Documents become files.

``render`` is the door: it turns a ``Feed`` into RSS 2.0 (``rss``), Atom 1.0 (``atom``) or JSON Feed 1.1
(``jsonfeed``). RSS and Atom are made by feedgen; ``feedgen_extension`` adds what feedgen cannot write and
mends what it writes wrongly, with ``mrss`` for pictures and files and ``itunes`` for podcasts, and
``fragments`` keeps the bytes of entries that several feeds share. ``opml`` and ``index`` list all feeds,
for programs and for people, in ``groups``, and ``discovery`` leads browsers to them. ``text`` knows which
characters, addresses and dates the formats admit. Everything up to here is pure: same feed, same bytes.

``measure`` alone reads files: it finds the pictures and recordings of the site below its folders;
``signatures`` knows what their first bytes say, and ``durations`` how long they play. ``output``
puts documents under the public folder, and ``sidecars`` puts them there compressed, as ``compression``
does it: each whole or not at all, as ``durable`` writes it, and over no file that ``ownership`` does not
know to be ours.
"""
