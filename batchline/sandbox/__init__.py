"""The sandbox: the documented APIs in one process, with faults on demand and a ledger of items.

`batchline sandbox` serves the sandbox, `batchline.sandbox.runner.Sandbox` runs one beside a test,
and `batchline.sandbox.control_client.Control` sets its faults and reads its ledger.
"""
