"""`python -m batchline` runs the command `batchline`."""

from batchline.worker.cli import main

main()
