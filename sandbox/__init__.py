"""The documented APIs in one process, with faults on demand and a ledger of what they received.

`python -m sandbox` serves it, `sandbox.runner.Sandbox` runs it beside a test, and
`sandbox.control_client.Control` asks it for faults and for its ledger.
"""
