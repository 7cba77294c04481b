from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Dict

import pytest

from nexivohr.webhooks import WebhookVerificationError, verify

SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
OTHER = "whsec_" + base64.b64encode(os.urandom(32)).decode()
BODY = json.dumps({"id": "evt_1", "type": "candidate.created", "name": "Jörg"}).encode()


def headers_of(body: bytes, secret: str = SECRET, age: int = 0) -> Dict[str, str]:
    """Those of a delivery, as the product makes them."""
    timestamp = str(int(time.time()) - age)
    key = base64.b64decode(secret[len("whsec_") :])
    digest = hmac.new(key, f"evt_1.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"Webhook-Id": "evt_1", "webhook-timestamp": timestamp, "webhook-signature": f"v1,AAAA {signature}"}


def test_what_was_signed_is_taken_by_any_of_several_secrets() -> None:
    event = verify(BODY, headers_of(BODY), [OTHER, SECRET])
    assert event["type"] == "candidate.created"
    assert verify(BODY, headers_of(BODY, age=1_000), SECRET, tolerance=2_000) == event


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY + b" ", headers_of(BODY)),
        (BODY, headers_of(BODY, OTHER)),
        (BODY, headers_of(BODY, age=1_000)),
        (BODY, headers_of(BODY, age=-1_000)),
        (BODY, {**headers_of(BODY), "webhook-timestamp": "now"}),
        (BODY, {**headers_of(BODY), "webhook-signature": "v1,~ ü"}),
        (BODY, {}),
    ],
)
def test_everything_else_is_refused(body: bytes, headers: Dict[str, str]) -> None:
    with pytest.raises(WebhookVerificationError):
        verify(body, headers, SECRET)


@pytest.mark.parametrize("secret", ["secret", "whsec_~"])
def test_what_is_no_secret_is_said_to_be_none(secret: str) -> None:
    with pytest.raises(ValueError):
        verify(BODY, headers_of(BODY), secret)
