"""Log-ins that failed, as operators find them in the log."""

import logging

from recognizer.models import User

logger = logging.getLogger(__name__)


def login_failed(*, address: str, name: str) -> None:
    """Say in the log who tried in vain to be whom.

    There are no more of them than `login_take` lets through. Only names of accounts are
    written down: what is typed in their place is a password now and then.

    Args:
        address: as `address_of` has it.
        name: whom they said they are.
    """
    is_known = User.objects.filter(username=name).exists()
    account = f"the account {name}" if is_known else "an account that there is not"
    logger.warning("A wrong password for %s, from %s.", account, address)
