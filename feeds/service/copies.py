"""The verbs about copies of the database: making one, and taking a restored one into use."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError, UsageError
from feeds.service.owner import Owner

if TYPE_CHECKING:
    from feeds.actions.backup import Backup
    from feeds.actions.restored import Choice, Restored


class Copies(Owner):
    """Backups, and what was restored from them."""

    def backup(self, file: Path | None, *, replace: bool = False) -> Backup:
        """Copies the database into a file, while others write; without a name below the state folder.

        Raises UsageError where there is no database yet, it is PostgreSQL's, or the file must not be written.
        """
        from feeds.actions.backup import back_up

        paths = self.config.paths
        if not self.config.database.url.startswith("sqlite:"):
            raise UsageError(
                f"{self.database.place}: pg_dump backs up PostgreSQL, also while nodes send: "
                f"pg_dump --format=custom --file=kawaraban.dump {self.database.place}; "
                f"keep {paths.state / 'signing.key'} with it"
            )
        if self.existing_database is None:
            raise UsageError(f"{self.config.database.url}: there is no database yet, so nothing to back up")
        now = self.now
        file = file or paths.state / "backups" / f"kawaraban-{now:%Y%m%d-%H%M%S}.sqlite3"
        file = file.absolute()
        if paths.copies_out(file):
            raise UsageError(
                f"{file}: readers' addresses must not be in the public folder; name another place"
            )
        return back_up(self.database, paths.state, file, now, replace=replace)

    def beside_backup(self) -> tuple[str, ...]:
        """What an installation needs beside its database and its signing key, for the owner to keep."""
        keys: list[str] = []
        with suppress(ConfigurationError):
            keys = [f"the DKIM key {key.file}" for key in self.config.dkim_keys() if key.file]
        return (str(self.config.paths.file), f"the posts in {self.config.paths.posts}", *keys)

    def restored(self) -> Restored | None:
        """What a copy does not know, once the feeds are built; None where the database is no copy."""
        from feeds.actions.restored import look

        if self.existing_database is None or not self.instance.why_not():
            return None
        self.build()  # also writes anew, with a copy kept, what the original wrote since
        return look(self.database, self.config.paths.state)

    def take_into_use(self, choice: Choice) -> Restored:
        """Lets a copy mail, once its posts are scanned and it is decided what counts as sent.

        Returns what there was to decide. Raises UsageError where the database is no copy.
        """
        from feeds.actions.restored import take_into_use

        with self.sending_turn(), self.turn():
            found = self.restored()
            if found is None:
                raise UsageError("this database is no copy: it may mail, and there is nothing to decide")
            take_into_use(self.instance, choice)
            return found
