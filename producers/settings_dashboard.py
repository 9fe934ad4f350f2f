"""The settings of the dashboard (`[dashboard]`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchline.systems.account import SECONDS
from batchline.systems.section import Section

#: What somebody may do, the least first (`worker/dashboard/roles.py`).
RoleName = Literal["viewer", "operator", "admin"]


class Dashboard(Section):
    """Who may see the dashboard, and who may act."""

    #: The file with names, roles and hashes of passwords; absent: `dashboard/users` of `data_dir`.
    users_file: Path | None = None
    #: The file with the secret that signs sessions; absent: `dashboard/cookie_secret` of
    #: `data_dir`. It is made where there is none; replicas need the same one.
    cookie_secret_file: Path | None = None
    #: Name -> role, for basic auth and for Flower's OAuth providers; "*": everybody else.
    roles: dict[str, RoleName] = {}
    #: Seconds for which a login is good.
    session: Annotated[float, Field(ge=60, le=31_536_000), SECONDS] = 604_800.0
