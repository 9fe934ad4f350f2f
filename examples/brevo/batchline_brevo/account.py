"""The account: its API key and its rate limit."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import SecretStr

from batchline.systems.account import BaseAccount, HttpUrl, Limits


class BrevoAccount(BaseAccount):
    """The API key of a Brevo account (docs/how-it-works, "Required headers")."""

    secrets: ClassVar[tuple[str, ...]] = ("api_key",)
    url_suffix: ClassVar[str] = "/v3"

    system: Literal["brevo"]
    url: HttpUrl = "https://api.brevo.com"
    api_key: SecretStr
    #: docs/api-limits, "General rate limits": 10 requests a second under /v3/contacts, and 10 of
    #: POST /v3/events. The page does not name POST /v3/events/batch; a 429 tells if that has less.
    limits: Limits = Limits(per_second=10)
