"""Settings of a sandbox, at its start and through `POST /_sandbox/settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

#: Setting -> its possible texts.
CHOICES = {
    "invalid_contacts": ("objects", "emails", "nested", "nameless"),
    "job_result": ("success", "failure"),
    "esputnik_collapse": ("results", "everything", "nothing"),
    "esputnik_failed": ("objects", "identifiers", "reasons"),
}


class SettingsError(ValueError):
    """A setting is wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; times are in seconds."""

    #: Seconds from a batchupsertv2 or an asynchronous upsert until its contacts exist.
    create_delay: float = 1.0
    #: Seconds that a job's result file can be fetched ("valid for a few minutes").
    file_lifetime: float = 300.0
    #: How often, and how long, v2/contact/addContactExtEvent tries an event of a missing contact.
    event_retry_every: float = 300.0
    event_retry_until: float = 3600.0
    #: Coupon codes with this beginning are valid for every contact.
    coupon_prefix: str = "SB-"
    #: The form of `invalidContacts` in the result file, which the documents do not show. `objects`:
    #: {"email", "message"}; `emails`: bare addresses; `nested`: {"contact": {"email"}, "message"},
    #: as the contact was sent; `nameless`: {"message"} alone.
    invalid_contacts: str = "objects"
    #: `success` in the result file: `failure` says that the job was not successful.
    job_result: str = "success"
    #: eSputnik: the answers in which a list of one element becomes the element alone, as XML made
    #: JSON does. `results`: where the documents show it, in smartsend; `everything`; `nothing`.
    esputnik_collapse: str = "results"
    #: eSputnik: the form of elements of failedContacts and failedOrders, which the documents do not
    #: show. `objects`: the sent object and "message"; `identifiers`; `reasons`: {identifier:
    #: reason}.
    esputnik_failed: str = "objects"
    #: eSputnik: seconds for which a request with contacts or orders that equals an accepted one is
    #: a "Duplicated request"; 0: never.
    esputnik_duplicate_window: float = 0.0
    #: eSputnik: requests in any second; a further one gets status 429. 0: no limit.
    esputnik_per_second: float = 0.0
    #: Smart Sender: requests in any window ("180 requests/min"), and its seconds; 0: no limit.
    smartsender_limit: float = 180.0
    smartsender_window: float = 60.0
    #: Smart Sender: seconds for which the first excess locks the project; each further excess locks
    #: it for as many seconds more.
    smartsender_lock: float = 60.0

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """A copy with other values. Raises SettingsError."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        values: dict[str, float | str] = {}
        for name, value in changes.items():
            if name not in known:
                raise SettingsError(f"{name}: unknown; known are {', '.join(known)}")
            values[name] = _checked(name, known[name], value)
        return replace(self, **values)  # type: ignore[arg-type]


def _checked(name: str, current: object, value: object) -> float | str:
    if name in CHOICES and value not in CHOICES[name]:
        raise SettingsError(f"{name}: one of {', '.join(CHOICES[name])}")
    if isinstance(current, str):
        if isinstance(value, str) and value:
            return value
        raise SettingsError(f"{name}: must be text, not empty")
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise SettingsError(f"{name}: must be a number, 0 or more")
