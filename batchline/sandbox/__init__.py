"""The documented APIs in one process, with faults on demand and a ledger of what they received.

`batchline sandbox` serves it, `batchline.sandbox.runner.Sandbox` runs it beside a test, and
`batchline.sandbox.control_client.Control` asks it for faults and for its ledger.
"""
