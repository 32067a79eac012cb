#!/usr/bin/env python
"""Django's command line for Aviary."""

import gc
import os
import sys


def main() -> None:
    """Run the management command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    if sys.argv[1:2] == ["serve"]:
        # Loading only makes objects that stay: looking for garbage among them is a tenth of the start.
        # `serve` switches it on again once it is ready.
        gc.disable()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
