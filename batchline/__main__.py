"""`python -m worker`: the same as `batchline`."""

from batchline.worker.cli import main

main()
