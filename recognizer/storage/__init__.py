"""Where files are kept besides a local folder, and what is raised when that is gone."""


class StorageUnavailable(OSError):
    """Files cannot be read or written at the moment; nothing is known of them.

    An OSError, as a disk raises: whoever can go on without the file, does.
    """
