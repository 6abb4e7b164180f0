"""What goes wrong with a backup, in words for an administrator."""


class BackupFailed(Exception):
    """Nothing was written, or nothing was changed; the message says why."""
