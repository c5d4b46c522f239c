"""Several nodes on one PostgreSQL database, on this machine, to be looked at and to be killed."""
