"""Django's cache in Redis, as the settings have it."""

import importlib

import pytest
from django.core.cache.backends.redis import RedisCache

from digitsite import settings as project


@pytest.fixture
def cache(redis, monkeypatch) -> RedisCache:
    monkeypatch.setenv("REDIS_URL", redis.url)
    known = importlib.reload(project).CACHES["default"]
    return RedisCache(known["LOCATION"], known)


@pytest.fixture(autouse=True)
def settings_as_before():
    yield
    importlib.reload(project)


def test_what_one_process_caches_all_have(cache, redis):
    cache.set("colour", {"ink": "blue"}, timeout=60)

    assert cache.get("colour") == {"ink": "blue"}
    [key] = redis.client().keys()
    assert key == b"digitsite:1:colour"
    assert redis.client().get(key) == b'{"ink":"blue"}'
    assert 0 < redis.client().ttl(key) <= 60
