"""Rows that somebody else deletes between finding and changing them."""

from typing import Any

import pytest

from recognizer import selectors


def delete_once_found(
    monkeypatch: pytest.MonkeyPatch, selector: str = "webhook_get"
) -> None:
    """Let this selector find a row that is gone as soon as it was read."""
    find = getattr(selectors, selector)

    def find_and_delete(**asked: Any) -> Any:
        row = find(**asked)
        type(row).objects.filter(pk=row.pk).delete()
        return row

    monkeypatch.setattr(selectors, selector, find_and_delete)
