"""What operators do to etcd itself."""

from __future__ import annotations

import httpx

from tests.support.kube import Kube


def compact(kube: Kube) -> None:
    """Make etcd forget every version but the newest."""
    url = f"http://127.0.0.1:{kube.etcd_port}/v3/kv"
    revision = httpx.post(f"{url}/range", json={"key": "AA=="}, trust_env=False, timeout=30).json()["header"][
        "revision"
    ]
    httpx.post(
        f"{url}/compaction", json={"revision": revision, "physical": True}, trust_env=False, timeout=30
    )
