"""Pictures of the demo's pages and mails, as readers see them on a phone and on a desk.

``python -m tests.screenshots`` lets the demo's publication happen on a fixed day, signs up through its
forms, opens the links of its mails, and writes every picture beside this file::

    publication.py  the demo's publication at work: pages, mail server, mailbox
    camera.py       a browser window that takes pictures and measures what scrolls sideways
    visit.py        the way through pages and mails, and what is pictured on it
    palette.py      smaller pictures, where Pillow happens to be there

Same publication, same pictures. The command fails where something scrolls sideways.
"""
