"""What measures say whose gain is the grade as a share of the highest one."""

from __future__ import annotations

__all__ = ["MIN_REL"]

MIN_REL = "A grade of 0 is the lowest here: leave it out where it is 0, else subtract it from the grades."
