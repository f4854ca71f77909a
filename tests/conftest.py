"""What holds for all tests: no deadlines, since machines are slow at times, and the same examples for everybody in CI."""

import os

import django
from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server_settings")
django.setup()  # before the server's modules are collected
