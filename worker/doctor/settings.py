"""The settings: usable, complete, and kept from others."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from batchline.producers.errors import InvalidSettings, NoRedis
from batchline.producers.settings import Settings
from batchline.producers.settings_file import config_file, tables
from batchline.producers.settings_sources import PREFIX, Sources
from batchline.systems.errors import BatchlineError
from batchline.systems.secret_files import ABSENT
from batchline.worker.doctor.finding import Finding, Setup, doubtful, well, wrong
from batchline.worker.runtime import celery_variables, preflight


def look(setup: Setup) -> Iterator[Finding]:
    """Load the settings, and look at them and at their files."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            settings = Settings.load()
        except BatchlineError as error:
            yield wrong(
                str(error),
                "mend each key that is named; docs/settings.md says what it may be",
            )
            return
    setup.settings = settings
    setup.secrets += secrets_of(settings)
    if settings.accounts:
        yield well(f"{settings.whence()} Accounts: {', '.join(settings.accounts)}")
    else:
        none = f"accounts: none is configured. {settings.whence()}"
        yield wrong(none, "add [accounts.default] to batchline.toml")
    for name, account in settings.accounts.items():
        for problem in account.absent_secrets().values():
            yield wrong(
                f"accounts.{name}.{problem}",
                "workers need this secret: set it, or name a file that this user can read",
            )
    try:
        preflight.check_authorities(settings)
    except InvalidSettings as error:
        yield wrong(str(error), "name a file of CAs (PEM) that this user can read")
    for warning in caught:
        yield doubtful(str(warning.message), "mend it, or leave it if it is meant so")
    for line in celery_variables.warnings(settings):
        yield doubtful(line, "unset the variable")
    yield from _files(settings)


def secrets_of(settings: Settings) -> list[str]:
    """Every text of the settings that nobody may be shown."""
    texts = [one for account in settings.accounts.values() for one in account.secret_texts()]
    with suppress(BatchlineError):
        texts += _passwords(settings.lanes_url(), settings.celery_url())
    texts += _passwords(*(one.proxy for one in settings.accounts.values() if one.proxy))
    if settings.sentry_dsn is not None:
        texts.append(settings.sentry_dsn.get_secret_value())
    return [text for text in texts if text and not text.startswith(ABSENT)]


def _passwords(*addresses: str) -> Iterator[str]:
    for address in addresses:
        password = urlsplit(address).password
        if password:
            yield from (password, unquote(password))


def _files(settings: Settings) -> Iterator[Finding]:
    """Files with secrets that other users can read, or change."""
    file = config_file()
    read = tables(file)
    if file is not None:
        holds_secret = _holds_secret(settings, file)
        yield from _mode(file, "the settings file", is_secret=holds_secret)
    for name, account in settings.accounts.items():
        for secret in account.secrets:
            path = os.environ.get(f"{PREFIX}ACCOUNTS__{name}__{secret}_file".upper()) or read.get(
                "accounts", {}
            ).get(name, {}).get(f"{secret}_file")
            if path:
                yield from _mode(Path(path), f"accounts.{name}.{secret}_file", is_secret=True)


def _holds_secret(settings: Settings, file: Path) -> bool:
    """Whether a secret stands in the file itself."""
    sources = Sources(file, os.environ)
    paths: list[tuple[str, ...]] = [
        ("accounts", name, secret)
        for name, account in settings.accounts.items()
        for secret in account.secrets
        if Sources(file, {}).of(("accounts", name, f"{secret}_file")) == ""
    ]
    urls: list[tuple[str, ...]] = [("redis_url",), ("broker_url",)]
    own = [path for path in paths if sources.of(path) == str(file)]
    with suppress(NoRedis):
        has_password = any(_passwords(settings.lanes_url(), settings.celery_url()))
        own += [path for path in urls if has_password and sources.of(path) == str(file)]
    return bool(own)


def _mode(path: Path, what: str, is_secret: bool) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return  # told as an absent secret
    if mode & 0o022:
        others = "every user" if mode & 0o002 else "its group"
        yield doubtful(f"{path}, {what}, can be changed by {others}", f"chmod go-w {path}")
    if is_secret and mode & 0o044 and not path.is_relative_to("/run/secrets"):
        others = "every user" if mode & 0o004 else "its group"
        yield doubtful(
            f"{path}, {what}, holds a secret and can be read by {others}", f"chmod go-r {path}"
        )
