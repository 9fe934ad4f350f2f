"""Jobs: upserts that take effect later, job/status, and the file with the result."""

from __future__ import annotations

import json
import secrets

from batchline.sandbox.bodies import JsonObject
from batchline.sandbox.checks import whole
from batchline.sandbox.contract import Answer, Outcome, Reply, ours
from batchline.sandbox.desk import Desk
from batchline.sandbox.salesmanago.account import Account, Job, JobResult, identifiers
from batchline.sandbox.salesmanago.methods import OWNER, CheckedRequest, Method, body_of, reply
from batchline.sandbox.salesmanago.upserts import InvalidContactError, upsert
from batchline.sandbox.settings import Settings

#: The path of result files, which are fetched without credentials by an unguessable name.
FILES = "/files"


def next_request_id(account: Account) -> int:
    return len(account.results) + 1


def enqueue(
    request: CheckedRequest, items: list[JsonObject], double_opt_in: bool, request_id: int | None
) -> None:
    """Add a job with these upserts behind all other jobs of the account."""
    ledger, account = request.desk.ledger, request.account
    account.jobs.append(
        Job(request.now, request_id, items, double_opt_in, request.rows, request.rejected, ledger)
    )
    if request_id is not None:
        account.results[request_id] = None
        account.job_owners[request_id] = request.body["owner"]


def run_due(account: Account, settings: Settings, now: float) -> None:
    """Run the jobs whose create delay is over by `now` (UNIX seconds), in their order."""
    while account.jobs and account.jobs[0].received + settings.create_delay <= now:
        job = account.jobs.popleft()
        result = _run(account, job, now)
        if job.request_id is not None:
            account.results[job.request_id] = result


def _run(account: Account, job: Job, now: float) -> JobResult:
    result = JobResult(now, secrets.token_urlsafe(32), {}, [])
    for index, item in enumerate(job.items):
        email, contact_id = identifiers(item["contact"])
        name = email or str(contact_id)
        try:
            if index in job.rejected:
                raise InvalidContactError("refused by a fault")
            result.contact_ids[name] = upsert(account, item, job.double_opt_in, now).id
            job.ledger.set(job.rows[index], Outcome.APPLIED)
        except InvalidContactError as reason:
            result.invalid.append((name, ours(str(reason))))
            job.ledger.set(job.rows[index], Outcome.REFUSED)
    return result


def _status(request: CheckedRequest) -> Answer:
    """The state of a job: "fileUrl ... is returned only when the export is completed."

    `owner` is optional. Another one than the job's is refused, for it is the "contacts' owner".
    """
    request_id, owner = request.body["requestId"], request.body.get("owner")
    if request_id not in request.account.results:
        return request.refuse("requestId: unknown")
    if owner is not None and owner != request.account.job_owners[request_id]:
        return request.refuse("owner: not the job's")
    result = request.account.results[request_id]
    if result is None:
        return Answer(reply(True, "Job not start yet"))
    expires = int(result.finished + request.desk.settings.file_lifetime)
    url = f"http://{request.host}{FILES}/{result.token}.json?Expires={expires}"
    return Answer(reply(True, fileUrl=url))


def result_file(account: Account, token: str, settings: Settings, now: float) -> Reply | None:
    """The content of a result file: "valid for a few minutes after it has been generated".

    `contactIds` maps addresses to ids, as in the older batchupsert; the documents show no file.
    """
    for result in account.results.values():
        if result is None or result.token != token:
            continue
        if now > result.finished + settings.file_lifetime:
            return Reply(b"<Error><Code>ExpiredToken</Code></Error>", 400, "application/xml")
        return Reply(json.dumps(_content(result, settings)).encode(), 200, "application/json")
    return None


def _content(result: JobResult, settings: Settings) -> JsonObject:
    failed = settings.job_result == "failure"
    return {
        "success": not failed,
        "contactIds": {} if failed else result.contact_ids,
        "message": [ours("the job has failed")] if failed else [],
        "invalidContacts": [
            _invalid(settings.invalid_contacts, name, reason) for name, reason in result.invalid
        ],
    }


def _invalid(form: str, name: str, reason: str) -> object:
    """An element of `invalidContacts`, in one of the forms of the setting `invalid_contacts`."""
    forms: dict[str, object] = {
        "objects": {"email": name, "message": reason},
        "emails": name,
        "nested": {"contact": {"email": name}, "message": reason},
        "nameless": {"message": reason},
    }
    return forms[form]


_SHAPE = body_of({**OWNER, "requestId": whole(0)}, required=("requestId",))
METHODS = [Method("job/status", "job.status", _SHAPE, _status, owner_required=False)]


class FileCall:
    """One request for a result file, which needs no credentials."""

    client_id = ""
    items = ()

    def __init__(self, desk: Desk, accounts: dict[str, Account], path: str) -> None:
        self._desk = desk
        self._accounts = accounts
        self._token = path.rpartition("/")[2].removesuffix(".json")

    def answer(self, now: float, rows: range, rejected: frozenset[int]) -> Answer:
        for account in self._accounts.values():
            file = result_file(account, self._token, self._desk.settings, now)
            if file:
                return Answer(file)
        return Answer(self.refusal("no such file"))

    def refusal(self, detail: str, index: int | None = None) -> Reply:
        return Reply(b"<Error><Code>NoSuchKey</Code></Error>", 404, "application/xml")
