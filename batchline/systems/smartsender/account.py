"""The account of Smart Sender: its credentials and its settings."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import SecretStr

from batchline.systems.account import BaseAccount, HttpUrl, Limits, Lockout


class SmartsenderAccount(BaseAccount):
    """An account of Smart Sender: the token of a project, sent as Bearer."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)
    url_suffix: ClassVar[str] = "/v1"
    lockout: ClassVar[Lockout | None] = Lockout(60, 60, 720)

    system: Literal["smartsender"]
    url: HttpUrl = "https://api.smartsender.com"
    token: SecretStr
    #: The documented 180 requests per minute; more requests lock the project (`lockout`).
    limits: Limits = Limits(per_minute=180)
