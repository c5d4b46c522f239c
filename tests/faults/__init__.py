"""Faults: the forty ways in which sending can go wrong, done to the real program and judged from outside.

::

    __main__.py   the command: python -m tests.faults [--long] [--case N] [--list]
    cases.py      the list of the forty
    kills.py, disk.py, replies.py, wire.py, postfix.py, people.py, clocks.py, chaos.py
                  the cases by subject
    site.py       a publication with readers and an issue that waits to be sent
    victim.py     the process that things are done to: the real service, its seams wrapped from outside
    sink.py       Postfix's smtp-sink and the files that it wrote
    mailbox.py    a relay that fails as it is told
    proxy.py      a connection that breaks, or tells when a final dot passes
    controls.py   programs that break the contract, which the judge must notice
    judge.py      what arrived against what the ledger says
    trial.py      one case: its folder, servers, victims and verdict
    trace.py      system calls as strace saw them, and the file that a power cut would have left

Nothing in the product knows of this: processes are killed by signals, disks are full, system calls fail.
"""
