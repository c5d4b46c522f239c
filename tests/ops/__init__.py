"""Operating a daemon that sends: stopping, watching, backing up."""
