"""What tests of reading batches share."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from recognizer.models import BatchItem
from tests.factories import make_image


def files_in(folder: Path) -> list[str]:
    """Of each file below it, the name of the folder that it is in."""
    return sorted(path.parent.name for path in folder.rglob("*") if path.is_file())


def some(count: int) -> list[tuple[str, bytes]]:
    """Files for `make_batch`; no two hold the same."""
    return [(f"{at}.png", make_image(width=60 + at)) for at in range(count)]


def let_claims_run_out() -> None:
    BatchItem.objects.filter(claimed_until__isnull=False).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )
