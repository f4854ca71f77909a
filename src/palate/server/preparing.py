"""Bring the database up to date and print the setup code, if nobody has an account yet: ``python -m`` this."""

from __future__ import annotations

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the migrations that are missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palate.server.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from palate.server.accounts.first_run import setup_code
    from palate.server.config import ServerConfig

    call_command("migrate", verbosity=0)
    sys.stdout.write(setup_code(ServerConfig.from_environment()) or "")


if __name__ == "__main__":
    main()
