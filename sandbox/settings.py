"""What can be set on a running sandbox, at its start and through `POST /_sandbox/settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

#: How `invalidContacts` of the result file look: the documents do not say.
INVALID_CONTACT_FORMS = ("objects", "emails")


class SettingsError(ValueError):
    """A setting that cannot be: the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds."""

    #: From a batchupsertv2 or an asynchronous upsert to its contacts being there.
    create_delay: float = 1.0
    #: How long a job's result file can be fetched ("valid for a few minutes").
    file_lifetime: float = 300.0
    #: v2/contact/addContactExtEvent tries an event of a missing contact this often, this long.
    event_retry_every: float = 300.0
    event_retry_until: float = 3600.0
    #: Coupon codes that begin so are valid for every contact.
    coupon_prefix: str = "SB-"
    #: `objects`: {"email", "message"}; `emails`: bare addresses.
    invalid_contacts: str = "objects"

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """A copy with other values. Raises `SettingsError`."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        values: dict[str, float | str] = {}
        for name, value in changes.items():
            if name not in known:
                raise SettingsError(f"{name}: unknown; known are {', '.join(known)}")
            values[name] = _checked(name, known[name], value)
        return replace(self, **values)  # type: ignore[arg-type]


def _checked(name: str, current: object, value: object) -> float | str:
    if name == "invalid_contacts" and value not in INVALID_CONTACT_FORMS:
        raise SettingsError(f"{name}: one of {', '.join(INVALID_CONTACT_FORMS)}")
    if isinstance(current, str):
        if isinstance(value, str) and value:
            return value
        raise SettingsError(f"{name}: must be text, not empty")
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise SettingsError(f"{name}: must be seconds, 0 or more")
