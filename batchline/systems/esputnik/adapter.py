"""The adapter of eSputnik: headers of its requests, and the meaning of its answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence

from batchline.systems.adapter import Adapter
from batchline.systems.columns import Item
from batchline.systems.esputnik import answers, jobs, questions
from batchline.systems.esputnik.account import EsputnikAccount
from batchline.systems.question import Inquiry
from batchline.systems.requests import USER_AGENT, Endpoint, HttpAnswer, HttpCall, Request
from batchline.systems.verdicts import JobEnded, Judged, Outcome

#: GET /v1/account/info: the name of the organisation; 401 for a wrong key.
ACCOUNT_INFO = Endpoint(
    "/api/v1/account/info",
    body=lambda *_: b"",
    judge=lambda _, body: Judged() if isinstance(body, dict) else None,
    method="GET",
)


class Esputnik(Adapter[EsputnikAccount]):
    """`System` of accounts with `system = "esputnik"`; it is all but `Verifies`.

    A job is an import of POST /v1/contacts. The answer about its progress is its result, and names
    no contact.
    """

    def headers(self, request: Request, account: EsputnikAccount, body: bytes) -> Mapping[str, str]:
        return headers(account, bool(body))

    def judge(
        self, request: Request, answer: HttpAnswer, account: EsputnikAccount, now: float
    ) -> Outcome:
        operation = self.operations.get(request.operation)
        return answers.judge(request, answer, now, operation is None or operation.idempotent)

    def credentials_request(self, account: EsputnikAccount) -> Request:
        return ACCOUNT_INFO.question()

    def inquiries(self, item: Item) -> Iterable[Inquiry]:
        return questions.inquiries(item)

    def job_status(self, job: str, account: EsputnikAccount, now: float, options: str) -> HttpCall:
        return HttpCall(account.url + jobs.path(job), headers(account, False), b"", "GET")

    def job_progress(self, answer: HttpAnswer) -> JobEnded | None:
        return jobs.progress(answer)

    def job_result(self, answer: HttpAnswer) -> JobEnded | None:
        """None: an import has no file to fetch."""
        return None

    def identifiers(self, payload: bytes) -> Sequence[str]:
        """No identifiers: a result names no contact."""
        return ()


def headers(account: EsputnikAccount, has_body: bool) -> dict[str, str]:
    """Headers of a request: "Basic Auth", any value as user name, the API key as password."""
    credentials = f"{account.user}:{account.api_key.get_secret_value()}"
    fields = {
        "Accept": "application/json",
        "Authorization": f"Basic {b64encode(credentials.encode()).decode()}",
        "User-Agent": USER_AGENT,
    }
    return fields | ({"Content-Type": "application/json;charset=UTF-8"} if has_body else {})
