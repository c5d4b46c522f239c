"""The demo: a sample publication, its daemon, and the mail server and the mailbox around it.

::

    publication/      the sample: posts, images, and a post that arrives while the daemon runs
    workspace.py      lays the sample out in a folder of its own, with a configuration
    history.py        what happened before: a week of posts and the readers who subscribed
    surroundings.py   a mail server that receives, and the site's web server
    mailbox.py        what the mail server took
    teaser.py         the first words of a mail, for the list of mails
    page.py           the site's pages, and the mailbox as a mail program shows it
    play.py           the play itself, from the first step to the last
    screen.py         what is said on the terminal or into a pipe
"""

from __future__ import annotations


def demo(once: bool) -> int:
    """Show everything at work and return the exit code.

    On a terminal it stays until Ctrl-C, unless ``once``; elsewhere it ends by itself.
    """
    from feeds.demo.play import play

    return play(once=once)
