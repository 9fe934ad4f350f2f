"""Whether the form of a CSV fits the accounts that its rows go to: told once, not for each row."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from batchline.producers.neutral import ALIKE, NEUTRAL, standard_fields
from batchline.producers.routes import DEFAULT_ACCOUNT
from batchline.producers.settings import Settings
from batchline.systems.mapping.targets import EVERY
from batchline.systems.registry import operation_names
from batchline.worker.intake.lines import BadLine, operation_in
from batchline.worker.intake.model_paths import unknown_part
from batchline.worker.intake.table_form import TableForm, UnusableTable


def check(form: TableForm, account: str | None, settings: Settings) -> list[str]:
    """What may be a mistake in the form; `account`: that of rows which name none.

    Raises UnusableTable for an operation or a field that no row could have, and UnknownAccount.
    """
    if form.op not in (*NEUTRAL, *operation_names()):
        raise UnusableTable(_unknown_operation(form.op))
    if "account" in form.columns:  # each row's own
        return []
    account = form.constants.get("account") or account
    if form.op in NEUTRAL:
        return _check_neutral(form, _accounts(form.op, account, settings), settings)
    account = account or DEFAULT_ACCOUNT
    try:
        operation = operation_in({"op": form.op}, account, settings)
    except BadLine as problem:
        raise UnusableTable(f"--op {form.op}: {str(problem).partition(': ')[2]}") from None
    for option, name in form.names():
        unknown = unknown_part(operation.message, name.split("."))
        if unknown:
            part, meant = unknown
            hint = f"; did you mean {meant}?" if meant else ""
            raise UnusableTable(f"{option} {name}: {form.op} has no field {part}{hint}")
    return []


def _unknown_operation(op: str) -> str:
    known = [*NEUTRAL, *operation_names()]
    near = difflib.get_close_matches(op, known, 1)
    hint = f"did you mean {near[0]}?" if near else "`batchline operations` shows those there are"
    return f"--op {op}: is neither contact nor event nor an operation; {hint}"


def _accounts(type_name: str, account: str | None, settings: Settings) -> tuple[str, ...]:
    if account is not None:
        return (account,)
    route: tuple[str, ...] = getattr(settings.routes, type_name)
    if not route:
        raise UnusableTable(
            f"--op {type_name}: goes to no account: name one with --account, or set [routes] "
            f'{type_name} = ["..."]. {settings.whence()}'.rstrip()
        )
    return route


def _check_neutral(form: TableForm, accounts: Iterable[str], settings: Settings) -> list[str]:
    standard, doubts = standard_fields(NEUTRAL[form.op]), []
    for account in accounts:
        kind = settings.account(account)
        if form.op not in kind.tables:
            raise UnusableTable(
                f"--op {form.op}: account {account!r}: {kind.system} takes no {form.op} of ours"
            )
        targets = kind.targets(form.op)
        for option, name in form.names():
            *_, own = path = form.path(name)
            if path[1:2] != ("fields",) or own in targets:
                continue
            near = difflib.get_close_matches(own, standard, 1, ALIKE)
            hint = f"; did you mean {near[0]}?" if near else ""
            if EVERY not in targets:
                raise UnusableTable(
                    f"{option} {name}: is no field of a {form.op}, and has no target in "
                    f"[accounts.{account}.mapping.{form.op}]{hint}"
                )
            if near and near[0] not in form.columns:
                doubts.append(f"{option} {name} is a field of your own{hint}")
    return list(dict.fromkeys(doubts))
