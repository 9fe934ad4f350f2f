"""`python -m worker`: the same as `batchline`."""

from worker.cli import main

main()
