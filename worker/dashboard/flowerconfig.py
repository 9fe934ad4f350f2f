"""The configuration of Flower that `celery -A batchline.app flower` runs with (FLOWER_CONF).

Flower executes this file when it has read its variables and its command line. A file of one's own
does the same by `from batchline.worker.dashboard import flowerconfig`.
"""

import sys

from batchline.producers.settings import Settings
from batchline.systems.errors import BatchlineError
from batchline.worker.dashboard import store_metrics
from batchline.worker.dashboard.access import EX_CONFIG
from batchline.worker.dashboard.install import install

try:
    settings = Settings.load()
    install(settings)
    store_metrics.show(settings)
except BatchlineError as error:
    sys.stderr.write(f"Error: {error}\n")
    sys.exit(EX_CONFIG)
