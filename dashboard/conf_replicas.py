"""Settings about several processes on one database: how they tell each other that something has changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from dashboard import env

# Carries hints only; without it each process looks at the database by itself.
REDIS_URL = env.redis("REDIS_URL")
# As it is written, and as Redis is told it.
REDIS_SECRETS = [written := urlsplit(REDIS_URL).password or "", unquote(written), REDIS_URL]

# The first layer never leaves the process: pages go on without Redis.
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}
if REDIS_URL:
    # Loading it takes a while, and with OpenTelemetry beside it loads that as well.
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    CHANNEL_LAYERS["replicas"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    # Seconds. The layer waits up to five for a hint, so it must not be cut off before.
                    "socket_connect_timeout": 2,
                    "socket_timeout": 8,
                    "socket_keepalive": True,
                    # Whoever is listening tries again by itself, and says so once.
                    "retry": Retry(NoBackoff(), 0),
                }
            ],
            "prefix": "aviary",
            # Hints that wait for one replica, and the seconds after which Redis forgets them and it.
            "capacity": 100,
            "expiry": 60,
            "group_expiry": 300,
        },
    }
