"""Signatures that any Standard Webhooks library verifies."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from promoter.webhooks.signing import new_secret, secret_bytes, signed_headers


def test_the_example_of_the_specification():
    # The specification's own vector: secret, id, timestamp and body -> signature.
    headers = signed_headers(
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now=datetime.fromtimestamp(1614265330, UTC),
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_random_and_of_the_right_size():
    secret = new_secret()

    assert secret.startswith("whsec_")
    assert len(secret_bytes(secret)) == 32
    assert secret != new_secret()


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_short",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        base64.b64encode(b"x" * 32).decode(),
        "whsec_ü" + base64.b64encode(b"x" * 32).decode(),
    ],
)
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(ValueError, match="whsec_"):
        secret_bytes(secret)
