"""The account of a webhook: its address, the secret that signs, and the form of a request."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, SecretStr, field_validator

from batchline.systems.account import BaseAccount, OperationSettings, is_http_url

#: The beginning of a secret that is base64, as libraries of Standard Webhooks make it.
PREFIX = "whsec_"
#: The least `message_bytes`: every result fits, whatever its key, contact and detail.
LEAST_BYTES = 10_000


def _address(url: str) -> str:
    """The address as it is: a slash at its end belongs to it."""
    if not is_http_url(url):
        raise ValueError("must be an http:// or https:// address such as https://crm.example/hook")
    return url


class WebhookAccount(BaseAccount):
    """An address of the application's own that takes results."""

    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    system: Literal["webhook"]
    url: Annotated[str, AfterValidator(_address)]
    #: Signs every request (`webhook-signature`): any text, or `whsec_` and base64. None: no request
    #: is signed.
    secret: SecretStr | None = None
    #: array: one request has up to `batch_size` results, as a JSON array. single: it has one, as a
    #: JSON object, and those of a contact go one after the other.
    form: Literal["array", "single"] = "array"

    @field_validator("secret")
    @classmethod
    def _is_readable(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            _key(secret.get_secret_value())
        return secret

    def signing_key(self) -> bytes | None:
        """The key of the signature; None where there is no secret."""
        return None if self.secret is None else _key(self.secret.get_secret_value())

    def derived_secrets(self) -> tuple[str, ...]:
        own = self.secret.get_secret_value() if self.secret else ""
        return (own.removeprefix(PREFIX),) if own.startswith(PREFIX) else ()

    def _problems_of_operation(self, name: str, settings: OperationSettings) -> Iterator[str]:
        yield from super()._problems_of_operation(name, settings)
        if settings.results:
            yield (
                f'operations."{name}".results: what became of a result is never told, or there '
                "would be no end of it: leave it out"
            )
        if settings.message_bytes < LEAST_BYTES:
            yield (
                f'operations."{name}".message_bytes = {settings.message_bytes} is too few for some '
                f"results: at least {LEAST_BYTES}"
            )


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except Error:
        raise ValueError(f"is no base64 behind {PREFIX}") from None
