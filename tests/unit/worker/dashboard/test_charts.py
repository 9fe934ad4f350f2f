"""The pictures of the last hour."""

from __future__ import annotations

from xml.etree import ElementTree

from batchline.worker.dashboard import charts


def test_a_gap_in_a_series_is_a_gap_in_the_line_and_no_zero():
    assert charts.path((1, 2, None, 4), 4).count("M") == 2
    assert charts.path((None, None), 1) == ""


def test_a_single_value_between_gaps_is_seen():
    assert charts.path((None, 3, None), 3) == "M60.0 1.0h1"


def test_the_largest_value_is_at_the_top_and_zero_at_the_bottom():
    assert charts.path((0, 10), 10) == f"M0.0 {charts.HEIGHT - 1}.0L{charts.WIDTH}.0 1.0"


def test_the_picture_is_xml_whatever_its_label_is():
    svg = charts.sparkline('"<&>', **{"in": (1, 2), "out": (None, 1)})
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == '"<&>'
    assert [one.get("class") for one in root] == ["bl-in", "bl-out"]
    assert "style" not in svg  # the pages' policy allows none


def test_the_words_say_what_the_picture_shows():
    said = charts.in_and_out("default:event.add", (None, 5, 7), (None,))
    assert said == "default:event.add, last hour: in 12, at most 7 a minute; out not known"
