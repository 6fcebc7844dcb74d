"""Where files are kept besides a local folder, and what is raised when that is gone."""

import errno


class StorageUnavailable(OSError):
    """Files cannot be read or written at the moment; nothing is known of them.

    An OSError, as a disk raises: whoever can go on without the file, does.
    """


def is_full_disk(error: OSError) -> bool:
    """Whether there is no room left; somebody has to make some."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
