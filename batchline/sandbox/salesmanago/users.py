"""user/listByClient."""

from __future__ import annotations

from batchline.sandbox.contract import Answer
from batchline.sandbox.salesmanago.methods import CheckedRequest, Method, body_of


def _list(request: CheckedRequest) -> Answer:
    return request.accept(users=sorted(request.account.client.owners))


METHODS = [Method("user/listByClient", "user.list", body_of({}), _list, owner_required=None)]
