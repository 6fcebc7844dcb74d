"""What tests of webhooks share."""

import pytest

from tests.factories import make_webhook


@pytest.fixture
def hers(alice):
    return make_webhook(owner=alice)


@pytest.fixture
def signed_in(api, alice):
    api.force_authenticate(alice)
    return api
