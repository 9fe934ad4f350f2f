"""The suite over the systems that come with Batchline, and their recorded requests."""

from __future__ import annotations

from batchline.systems.registry import BUILT_IN
from batchline.testing.conformance import SystemSuite
from tests.conformance import esputnik, salesmanago, salesmanago_mobile, smartsender, webhook
from tests.conformance.systems import BENCHES
from tests.conformance.wire import AUTH, content, differences, documented, folder, recorded


class RecordedSuite(SystemSuite):
    """And every request is recorded beside the document's own sample (`wire/`)."""

    def test_the_recorded_request_is_what_goes_out(self, case):
        calls = map(self.bench.call, self.bench.requests(case.operation, case.sample))
        recording = folder(self.bench.name, case.operation) / "request.http"
        assert recording.exists(), "python -m tests.conformance records it"
        assert recording.read_bytes() == b"\n".join(map(recorded, calls))

    def test_the_request_differs_from_the_documents_sample_only_where_said(self, case):
        document = documented(self.bench.name, case.operation)
        (request,) = self.bench.requests(case.operation, case.sample)
        call = self.bench.call(request)
        assert (
            f"{call.method} {call.url.removeprefix(self.bench.account.url)}"
            == (document["request"])
        )
        found = set(differences(document["body"], content(call)))
        assert found == set(document.get("differs", {}))
        assert all(document.get("differs", {}).values()), "each difference says why"
        assert document["source"]
        assert not set(AUTH) & set(document.get("differs", {}))


class TestSalesmanago(RecordedSuite):
    system = salesmanago.CASES


class TestSalesmanagoMobile(RecordedSuite):
    system = salesmanago_mobile.CASES


class TestEsputnik(RecordedSuite):
    system = esputnik.CASES


class TestSmartsender(RecordedSuite):
    system = smartsender.CASES


class TestWebhook(RecordedSuite):
    system = webhook.CASES


def test_every_built_in_system_runs_through_the_suite():
    assert BENCHES.keys() == {system.name for system in BUILT_IN}
