"""The root of Batchline's errors, and the error of a plug-in that cannot be used."""

from __future__ import annotations


class BatchlineError(Exception):
    """The root of all errors that Batchline raises on purpose."""


class UnusablePlugin(BatchlineError):
    """An installed system cannot be used; the message names its distribution and the reason."""

    def __init__(self, name: str, distribution: str, origin: str, why: str) -> None:
        super().__init__(
            f"the system {name!r} of {distribution} ({origin}) cannot be used: {why}. "
            f"Mend it, or uninstall {distribution}."
        )
