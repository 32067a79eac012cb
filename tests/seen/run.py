"""`python -m tests.seen.run -c CODE`: run it in the environment that it is started in."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    exec(sys.argv[2])  # Only tests call this.
