"""The account: credentials, and what every request of it carries."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import SecretStr

from batchline.systems.account import BaseAccount, HttpUrl, Limits, Lockout


class SmartsenderAccount(BaseAccount):
    """The token of a Smart Sender project, sent as Bearer."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    url_suffix: ClassVar[str] = "/v1"
    lockout: ClassVar[Lockout | None] = Lockout(60, 60, 720)

    system: Literal["smartsender"]
    url: HttpUrl = "https://api.smartsender.com"
    token: SecretStr
    #: The documented 180 requests a minute; more lock the project out (`lockout`).
    limits: Limits = Limits(per_minute=180)
