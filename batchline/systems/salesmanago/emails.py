"""E-mails: what email/sendConfirmation answers."""

from __future__ import annotations

from typing import Any

from batchline.systems.contract import Request
from batchline.systems.verdicts import ContactMissing, Judged


def judge_confirmation(request: Request, answer: dict[str, Any]) -> Judged:
    """`contactExists` false: nothing was sent, for there is no such contact yet."""
    if answer.get("contactExists") is False:
        return Judged({index: ContactMissing() for index in range(len(request.items))})
    return Judged()
