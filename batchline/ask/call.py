"""The call of a question, for which the worker's packages are loaded."""

from __future__ import annotations

from typing import TypeVar

from batchline.producers import extras
from batchline.producers.errors import NotInstalled
from batchline.producers.settings import Settings, settings_or_those_in_force
from batchline.systems.question import Question, Result

R = TypeVar("R", bound=Result)


def asked(question: Question[R], account: str, settings: Settings | None, wait: float) -> R:
    """The question's result. Raises NotInstalled, and what `Asker` and `Asker.ask` raise."""
    try:
        from batchline.worker.delivery.asking import Asker
    except ImportError as error:
        if not extras.missing(error):
            raise
        raise NotInstalled(extras.explained(error), "batchline.ask", instead="") from None
    with Asker(settings_or_those_in_force(settings), account, wait) as asker:
        return asker.ask(question)
