"""The files that are written from the tables of metrics and alerts: `make deploy` writes them."""

from __future__ import annotations

from pathlib import Path

from batchline.worker.alerts import rules
from batchline.worker.alerts import table as alerts
from batchline.worker.metrics import table
from tests import grafana

ROOT = Path(__file__).parents[1]


def with_table(text: str, command: str, rows: str) -> str:
    """The document, with the table that this command prints."""
    begin, end = f"<!-- {command} -->\n", "<!-- end -->"
    before, found, behind = text.partition(begin)
    assert found, command
    return f"{before}{begin}{rows}\n{end}{behind.partition(end)[2]}"


def files() -> dict[Path, str]:
    """Every file that is written, and what it holds."""
    metrics, pages = ROOT / "docs/metrics.md", ROOT / "docs/alerts.md"
    return {
        metrics: with_table(metrics.read_text(), "batchline metrics --table", table.markdown()),
        pages: with_table(pages.read_text(), "batchline alerts --table", alerts.markdown()),
        ROOT / "deploy/prometheus/batchline.rules.yml": rules.text(),
        ROOT / "deploy/grafana/batchline.json": grafana.text(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
