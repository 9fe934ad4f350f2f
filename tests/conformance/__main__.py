"""`python -m tests.conformance`: record the requests anew."""

from __future__ import annotations

from tests.conformance.systems import BENCHES
from tests.conformance.wire import folder, recorded


def main() -> None:
    for bench in BENCHES.values():
        for case in bench.cases.cases:
            target = folder(bench.name, case.operation)
            target.mkdir(parents=True, exist_ok=True)
            calls = map(bench.call, bench.requests(case.operation, case.sample))
            (target / "request.http").write_bytes(b"\n".join(map(recorded, calls)))


if __name__ == "__main__":
    main()
