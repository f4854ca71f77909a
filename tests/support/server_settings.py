"""The server's settings for type checks and tests: its data lies in a directory that goes away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "PALATE_SERVER_DIRECTORY" not in os.environ:
    os.environ["PALATE_SERVER_DIRECTORY"] = tempfile.mkdtemp(prefix="palate-server-")
    atexit.register(shutil.rmtree, os.environ["PALATE_SERVER_DIRECTORY"], ignore_errors=True)

from palate.server.settings import *  # noqa: F403 (the directory must be known first)

PASSWORD_HASHERS = ["quick_hashers.Quick"]
