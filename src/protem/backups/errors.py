"""What can stand in the way of a backup or of its restoration.

::

    BackupError
    ├── NotABackup        the file is something else
    ├── Damaged           it was altered or cut since it was written
    ├── WrongPassphrase   it is encrypted, and not with what was given
    ├── Unsuitable        it is whole, but this version or database cannot take it
    ├── Unconfirmed       there is data in the way, and nobody said that it may go
    └── UpgradeFailed     the database may be of neither version
"""

from protem.kit.errors import ProtemError


class BackupError(ProtemError):
    """A backup that cannot be made, read or restored."""


class NotABackup(BackupError):
    """The file is something else."""


class Damaged(BackupError):
    """The file was altered or cut since it was written."""


class WrongPassphrase(BackupError):
    """The file is encrypted, and not with the passphrase that was given."""


class Unsuitable(BackupError):
    """A sound backup that this version, or this database, cannot take."""


class Unconfirmed(BackupError):
    """There is data in the way, and nobody said that it may be replaced."""


class UpgradeFailed(BackupError):
    """An upgrade that stopped on its way: the database may be of neither version."""
