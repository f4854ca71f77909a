import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palate.core.signatures import SignatureError, check_signature, sign


def test_signature_is_the_hmac_of_time_dot_body():
    digest = hmac.new(b"key", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign("key", b'{"a":1}', 1_700_000_000) == f"t=1700000000,v1={digest}"


@given(st.text(min_size=1), st.binary(), st.integers(0, 10**10))
def test_what_is_signed_is_accepted_within_the_tolerance_on_both_sides(secret, body, at):
    signature = sign(secret, body, at)
    check_signature(secret, body, signature, now=at + 300)
    check_signature(secret, body, signature, now=at - 300)


@pytest.mark.parametrize(
    ("secret", "body", "signature", "now", "text"),
    [
        ("other", b"x", None, 100, "another secret, or the message was changed"),
        ("key", b"y", None, 100, "another secret, or the message was changed"),
        ("key", b"x", None, 401.5, "signed 302 seconds ago, more than the 300 allowed"),
        ("key", b"x", None, -201.0, "signed 301 seconds ahead of this clock"),
        ("key", b"x", "", 100, "must read t=<seconds>,v1="),
        ("key", b"x", "t=100,v1=" + "0" * 64, 100, "another secret"),
        ("key", b"x", "t=-1,v1=" + "0" * 64, 100, "must read"),
    ],
)
def test_other_secrets_bodies_times_and_forms_are_refused(secret, body, signature, now, text):
    with pytest.raises(SignatureError, match=text):
        check_signature(secret, body, sign("key", b"x", 100) if signature is None else signature, now=now)


def test_a_signature_cannot_be_given_another_time():
    old = sign("key", b"x", 100)
    with pytest.raises(SignatureError, match="another secret"):
        check_signature("key", b"x", old.replace("t=100", "t=900"), now=900)
