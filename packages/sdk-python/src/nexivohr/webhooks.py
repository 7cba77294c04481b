"""Verifies what webhooks are sent."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Mapping, Sequence, Union, cast

from .types import SentEvent

__all__ = ["WebhookVerificationError", "verify"]


class WebhookVerificationError(Exception):
    """A request is not a delivery of this webhook, or is too old."""


def verify(
    body: bytes, headers: Mapping[str, str], secrets: Union[str, Sequence[str]], *, tolerance: float = 300
) -> SentEvent:
    """
    The event that a delivery carries, once its signature has proved whose it is.

    :param body: the bytes as they came
    :param secrets: ``whsec_…``; several where one is replaced
    :param tolerance: how old, or ahead, a delivery may be in seconds
    :raises WebhookVerificationError: for whatever is no delivery of this webhook
    """
    found = {name.lower(): value for name, value in headers.items()}
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    message_id, timestamp, signatures = (found.get(name, "") for name in names)
    if not (message_id and timestamp and signatures):
        raise WebhookVerificationError("the headers of a delivery are missing")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > tolerance:
        raise WebhookVerificationError("the delivery is too old, or dated ahead")
    signed = f"{message_id}.{timestamp}.".encode() + body
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        digest = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(digest)
        if any(hmac.compare_digest(each.encode(), expected) for each in signatures.split(" ")):
            return cast(SentEvent, json.loads(body))
    raise WebhookVerificationError("no signature is by this secret")


def _key_of(secret: str) -> bytes:
    """What the base64 behind the prefix stands for."""
    try:
        if secret.startswith("whsec_"):
            return base64.b64decode(secret[len("whsec_") :], validate=True)
    except binascii.Error:
        pass
    raise ValueError("not a secret of a webhook: whsec_…")
