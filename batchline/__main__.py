"""`python -m batchline`: the same as `batchline`."""

from batchline.worker.cli import main

main()
