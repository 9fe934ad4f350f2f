// What a page of Batchline does in the browser: it asks again every few seconds while somebody looks
// at it, sends the filter when it changes, and draws the chart. Everything else is the server's.
(function () {
    "use strict";

    var EVERY_MS = 5000;

    function live() {
        return document.getElementById("bl-live");
    }

    function isBusy() {
        var focused = document.activeElement;
        return document.hidden || document.querySelector("#bl-live details[open]") !== null ||
            (focused && live().contains(focused) && focused.matches("input, select, textarea"));
    }

    function refresh() {
        var toggle = document.getElementById("bl-live-toggle");
        if (live() && toggle && toggle.checked && !isBusy()) {
            live().dispatchEvent(new CustomEvent("bl:refresh"));
        }
    }

    function remember(toggle) {
        try {
            toggle.checked = window.localStorage.getItem("batchline-live") !== "off";
            toggle.addEventListener("change", function () {
                window.localStorage.setItem("batchline-live", toggle.checked ? "on" : "off");
            });
        } catch (error) {
            // Without a storage the page is live again the next time.
        }
    }

    function colour(name) {
        return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    }

    var chart = null;
    var drawn = "";

    function clock(seconds) {
        return new Date(seconds * 1000).toTimeString().slice(0, 5);
    }

    function line(label, name) {
        return {label: label, stroke: colour(name), width: 2, spanGaps: false};
    }

    function draw() {
        var place = document.getElementById("bl-chart");
        var data = document.getElementById("bl-chart-data");
        if (!place || !data || !window.uPlot) {
            return;
        }
        var theme = document.documentElement.getAttribute("data-bs-theme");
        var now = [theme, place.clientWidth, data.dataset.times, data.dataset.in, data.dataset.out,
            data.dataset.dead].join("|");
        if (now === drawn) {
            return;
        }
        drawn = now;
        if (chart) {
            chart.destroy();
        }
        var axis = {stroke: colour("--flower-text-muted"), grid: {stroke: colour("--bs-border-color"), width: 1},
            ticks: {stroke: colour("--bs-border-color"), width: 1}};
        var values = [data.dataset.times, data.dataset.in, data.dataset.out, data.dataset.dead].map(JSON.parse);
        values[0] = values[0].map(function (ms) { return ms / 1000; });
        chart = new window.uPlot({
            width: place.clientWidth,
            height: 200,
            cursor: {drag: {x: false, y: false}},
            scales: {y: {range: function (plot, least, most) { return [0, Math.max(1, most || 0)]; }}},
            axes: [Object.assign({values: function (plot, splits) { return splits.map(clock); }}, axis), Object.assign({size: 56}, axis)],
            series: [{label: "Time", value: function (plot, at) { return at === null ? "" : clock(at); }}, line("in", "--flower-active"), line("out", "--flower-success"),
                line("dead", "--flower-danger")]
        }, values, place);
    }

    document.querySelectorAll(".bl-filter select").forEach(function (select) {
        select.addEventListener("change", function () { select.form.requestSubmit(); });
    });
    var toggle = document.getElementById("bl-live-toggle");
    if (toggle) {
        remember(toggle);
        window.setInterval(refresh, EVERY_MS);
        document.addEventListener("visibilitychange", refresh);
    }
    draw();
    new MutationObserver(draw).observe(document.documentElement,
        {attributes: true, childList: true, subtree: true, attributeFilter: ["data-bs-theme", "data-times", "data-in"]});
    window.addEventListener("resize", draw);
}());
