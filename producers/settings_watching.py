"""The settings by which a deployment is watched: metrics, and whom alerts are told to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from batchline.producers.errors import InvalidSettings
from batchline.systems.account import SECONDS, is_http_url
from batchline.systems.section import Section


class Metrics(Section):
    """What is measured, for Prometheus, and where each worker shows what it did."""

    #: The port of this worker's own metrics; absent: it measures nothing. Of several workers on one
    #: machine each needs another.
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    #: Where that port listens.
    address: str = "127.0.0.1"
    #: Whether metrics of lanes have the label `partition`; else the partitions are one.
    partitions: bool = False


class Alerts(Section):
    """Whom the workers tell of alerts, where no Prometheus does (docs/alerts.md)."""

    #: The webhook, a secret; or the file that holds it. Absent: nobody is told.
    url: SecretStr | None = None
    url_file: Path | None = None
    #: "json": as Alertmanager's webhooks; "slack": {"text": ...}.
    form: Literal["json", "slack"] = "json"
    #: Seconds between two looks; and until an alert that lasts is told again.
    every: Annotated[float, Field(ge=1, le=300), SECONDS] = 15.0
    repeat: Annotated[float, Field(ge=60), SECONDS] = 14_400.0
    #: What stands before an alert's name in the address of its page.
    runbook: str = "https://batchline.example/docs/alerts.md"

    @field_validator("url", mode="after")
    @classmethod
    def _is_http(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not is_http_url(url.get_secret_value()):
            raise ValueError("must be an http:// or https:// address")
        return url

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if self.url is not None and self.url_file is not None:
            raise ValueError("url and url_file: give one of the two")
        return self

    def address(self) -> str | None:
        """The webhook's address; None: nobody is told. Raises InvalidSettings.

        Whoever tells asks for it: an application needs no file.
        """
        if self.url_file is None:
            return self.url.get_secret_value() if self.url else None
        try:
            address = self.url_file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise InvalidSettings(
                f"alerts.url_file: {self.url_file} cannot be read: {reason}"
            ) from None
        if not is_http_url(address):
            raise InvalidSettings(
                f"alerts.url_file: {self.url_file} must hold an http:// or https:// address alone"
            )
        return address
