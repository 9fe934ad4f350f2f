"""GET /v1/account/info."""

from __future__ import annotations

from batchline.sandbox.contract import Answer, ours
from batchline.sandbox.esputnik.methods import CheckedRequest, Method
from batchline.sandbox.esputnik.replies import json_reply

#: The account's user.
EMAIL = "sandbox@organisation.example"


def _info(request: CheckedRequest) -> Answer:
    """Whose account it is, with the fields that the vendor's own plug-in reads."""
    fields = {"orgId": 1, "userEmail": EMAIL, "organisationName": ours("organisation")}
    return request.accept(json_reply(fields))


METHODS = [Method("GET", "/v1/account/info", "account.info", _info)]
