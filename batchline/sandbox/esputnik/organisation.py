"""GET /v1/account/info."""

from __future__ import annotations

from batchline.sandbox.contract import Answer, ours
from batchline.sandbox.esputnik.methods import CheckedRequest, Method
from batchline.sandbox.esputnik.replies import json_reply


def _info(request: CheckedRequest) -> Answer:
    return request.accept(json_reply({"orgId": 1, "organisationName": ours("organisation")}))


METHODS = [Method("GET", "/v1/account/info", "account.info", _info)]
