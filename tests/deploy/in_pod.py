"""`manage.py` as it runs in a Pod: where a Pod's account would be, the folder in POD_ACCOUNT is.

`python -m tests.deploy.in_pod check --deploy`; POD_ACCOUNT holds `token` and `ca.crt`.
"""

from __future__ import annotations

import os
from pathlib import Path

from kubernetes.aio.config import incluster_config

import manage

if __name__ == "__main__":
    account = Path(os.environ["POD_ACCOUNT"])
    incluster_config.SERVICE_TOKEN_FILENAME = str(account / "token")
    incluster_config.SERVICE_CERT_FILENAME = str(account / "ca.crt")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

    from dashboard import checks

    checks.SERVICE_ACCOUNT_TOKEN = account / "token"
    manage.main()
