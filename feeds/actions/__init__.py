"""Verbs, one file each: transactions begin and end here.

An action takes the database and plain values, calls the stages, and stores or sends what they
decided. Nothing in here reads the configuration, the clock or the environment.

::

    the folder into the store   scan.py, over reading.py (the files), matching.py (which file is which post),
                                reconcile.py (what that means), withdrawal.py (whether to believe it) and
                                shelve.py (into the facets of feeds)
    the store into feeds        publish.py, over catalog.py and categories.py, feedplan.py (which feeds),
                                targets.py (which documents), snapshot.py (which are due), workshop.py,
                                renderings.py, assemble.py, printing.py, placing.py and sidecars.py
    both at once                build.py
    to hubs                     announce.py; unannounced.py for whoever uploads first
    posts and mail              hold.py
    posts into issues           compose.py; writing.py makes the texts, plan.py and sample.py look ahead
    issues into mailboxes       deliver.py; pause.py
    what comes back             receive.py, receive_all.py; allow.py
    readers                     subscribe.py, confirm.py, choose.py, unsubscribe.py
    what is told                check.py, over bodies.py, spellings.py and no_posts.py; documents.py,
                                readership.py
    the installation            init.py, over sites/; secret.py, dkim.py, tidy.py
    originals and copies        instance.py, over witness.py; backup.py, restored.py
"""
