"""The daemon: APScheduler beats, and each beat does what is due in the database.

::

    process.py     run: the process, its helpers, and the signals that end it
    serving.py     serve: the parts side by side, from the first scan until what is on the wire has finished
    scheduler.py   how often each beat comes, and what is said of one that is skipped
    beats.py       one beat: a thread, and whatever goes wrong there is logged
    publishing.py  the beats that scan, publish and compose
    sending.py     the beats that deliver, and read what comes back
    following.py   what is saved comes into the feeds at once
    watcher.py     where something changed, and what waits until nobody writes it any more

Nothing hangs on the scheduler: its jobs are the same few interval jobs after every start, kept in
memory, and a beat that is late, doubled or lost changes nothing. A file watcher wakes the scan early; that
every change is found rests on the rescan.
"""

from feeds.daemon.process import run
from feeds.daemon.scheduler import Rhythm
from feeds.daemon.serving import PARTS, Companion, Pages, serve

__all__ = ["PARTS", "Companion", "Pages", "Rhythm", "run", "serve"]
