"""Kawaraban: category feeds and mail digests from one folder of Markdown posts.

::

    posts/*.md ─scan→ Source ─parse→ Post ─collect→ Catalog ─build→ Feed ─render→ Document → feed readers
                                      │            (a post gets its number when it becomes mailable)
                                      └──────┐
    Subscriber (topics, cadence, hour, ──────┴─compose→ Issue ─enqueue→ Delivery ─claim→ ·
                zone, language)                    · ─build→ Message ─send→ Outcome ─settle→ mailboxes
                                               Report ←read─ what comes back ←───────────────────────┘

    model/         the nouns: frozen values, no input or output
    posts/         stage 1: text → Post
    syndication/   stage 2: Feed → Document
    newsletter/    stage 3: posts and a subscriber → a message
    delivery/      stage 4: a message → the world
    bounces/       stage 5: what comes back → a report
    store/         the only place with SQL
    actions/       the verbs, one file each: transactions begin and end here
    config/        one TOML file, checked at load
    templating.py  templates and texts, the owner's before ours
    service/       the configuration as plain values, and every verb of the program as one method
    daemon/        the beats and the watch; web/ the pages; cli/ the command line; demo/ all of it at once
    processes/     work on many items, spread over processes
    disk.py        what a power cut must not undo
    logs.py        the log, without addresses and secrets
    errors.py      what can go wrong, as a tree

Entry points call the service; the service calls actions; actions compose stages and the store; stages
and the store know only the model.
"""
