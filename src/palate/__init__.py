"""Palate: which recommendations people prefer, with what confidence, for how many dollars."""

from palate._version import __version__ as __version__
