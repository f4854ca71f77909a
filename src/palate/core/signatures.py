"""Signed messages from one program to another: who has the secret can tell that nobody changed or repeated one."""

from __future__ import annotations

import hashlib
import hmac
import re

from palate.core.errors import PalateError

__all__ = ["SIGNATURE_HEADER", "SignatureError", "check_signature", "sign"]

SIGNATURE_HEADER = "Palate-Signature"
"""The HTTP header that carries a signature."""
_WRITTEN = re.compile(r"t=(\d{1,15}),v1=([0-9a-f]{64})")


class SignatureError(PalateError):
    """A message does not come from who has the secret, or not now."""


def sign(secret: str, body: bytes, at: int) -> str:
    """Return the signature of a message: ``t=<seconds>,v1=<hex>``, HMAC-SHA256 (RFC 2104) of the time, a dot and the body.

    Args:
        secret: What both sides know.
        body: The message as it is sent.
        at: When, seconds since 1970.

    >>> sign("secret", b"{}", 1)[:12]
    't=1,v1=11227'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def check_signature(
    secret: str, body: bytes, signature: str, *, now: float, tolerance: float = 300.0
) -> None:
    """Accept a message that was signed with the secret, and lately.

    A message that somebody recorded and sends again later is refused by its time. Within the tolerance, its events' ids
    tell that it came before.

    Args:
        secret: What both sides know.
        body: The message as it came, before anything reads it.
        signature: The header :data:`SIGNATURE_HEADER`.
        now: The time here, seconds since 1970.
        tolerance: How many seconds the two clocks and the way may take.

    Raises:
        SignatureError: It was not signed so, it was changed, or its time is too far off.
    """
    written = _WRITTEN.fullmatch(signature.strip())
    if written is None:
        raise SignatureError(
            f"The header {SIGNATURE_HEADER} must read t=<seconds>,v1=<64 hexadecimal digits>; it does not."
        )
    at = int(written[1])
    if not hmac.compare_digest(sign(secret, body, at), f"t={at},v1={written[2]}"):
        raise SignatureError(
            "The signature does not fit: another secret, or the message was changed on its way."
        )
    if abs(now - at) > tolerance:
        raise SignatureError(
            f"The message was signed {abs(now - at):,.0f} seconds {'ago' if now > at else 'ahead of this clock'}, more than the"
            f" {tolerance:g} allowed: it was kept back or sent again, or a clock is wrong."
        )
