/* Draws the charts whose figures stand in the page as JSON; every mark leads to its rows. */
(function () {
  "use strict";

  const care = document.documentElement.classList.contains("care");
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const INK = token("--ink-2");
  const QUIET = token("--ink-3");
  const LINE = token("--line-2");
  const RED = token("--red");
  const FONT = getComputedStyle(document.body).fontFamily;
  const SIZE = care ? 15 : 12;
  const TONES = { "": "#2f6db5", light: "#b9cfe8", red: RED, green: "#2f9e77", grey: "#9fb0c6" };
  const SHADES = ["#2f6db5", "#b9cfe8", "#1d4e89", "#8fb6de", "#5b93cf", "#d8e4f1"];

  function axis(more) {
    return Object.assign({
      axisLine: { lineStyle: { color: "#cfd7e2" } },
      axisTick: { show: false },
      axisLabel: { color: QUIET, fontSize: SIZE - 1, hideOverlap: true },
      splitLine: { lineStyle: { color: LINE } },
    }, more);
  }

  /* The tone asked for, else the first blue that no other series wears. */
  function colours(all) {
    const taken = all.filter((one) => one.tone).map((one) => TONES[one.tone]);
    const free = SHADES.filter((shade) => !taken.includes(shade));
    let next = 0;
    return all.map((one) => (one.tone ? TONES[one.tone] : free[next++ % free.length]));
  }

  function base(spec) {
    return {
      animation: false,
      aria: { enabled: true, label: { description: spec.title } },
      textStyle: { fontFamily: FONT, fontSize: SIZE },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: "#fff",
        borderColor: "#c4cedb",
        textStyle: { color: token("--ink"), fontSize: SIZE, fontFamily: FONT },
      },
    };
  }

  function points(series) {
    return series.values.map((value, index) => ({ value, url: series.urls[index], cursor: series.urls[index] ? "pointer" : "default" }));
  }

  function legend(spec) {
    return spec.series.length < 2 ? undefined : {
      top: 2, right: 14, itemWidth: 14, itemHeight: 8, textStyle: { color: INK, fontSize: SIZE },
    };
  }

  function longest(names) {
    return Math.min(9.5, Math.max(2, ...names.map((name) => Array.from(name).reduce((sum, c) => sum + (c > "\u2e80" ? 1 : 0.6), 0)))) * SIZE + 14;
  }

  function cartesian(spec) {
    const flat = spec.kind === "hbar";
    const names = axis({ type: "category", data: spec.categories, inverse: flat, splitLine: { show: false } });
    if (flat) Object.assign(names.axisLabel, { width: longest(spec.categories) - 12, overflow: "truncate", interval: 0 });
    const values = axis({ type: "value", minInterval: spec.unit === "%" ? 0 : 1, axisLine: { show: false }, name: flat ? "" : spec.unit, nameTextStyle: { color: QUIET, align: "right" } });
    const single = spec.series.length === 1;
    const tints = colours(spec.series);
    return Object.assign(base(spec), {
      legend: legend(spec),
      grid: { left: flat ? longest(spec.categories) : 46, right: flat ? 40 : 18, top: spec.series.length > 1 || !flat ? 36 : 10, bottom: flat ? 24 : 28 },
      xAxis: flat ? values : names,
      yAxis: flat ? names : values,
      series: spec.series.map((one, index) => {
        const line = (one.kind || (spec.kind === "line" ? "line" : "bar")) === "line";
        const tint = tints[index];
        return line
          ? { name: one.name, type: "line", data: points(one), symbol: one.tone === "red" ? "diamond" : "circle", symbolSize: one.tone === "red" ? 9 : 7, connectNulls: false, triggerLineEvent: false, lineStyle: { color: tint, width: 2 }, itemStyle: { color: tint }, z: 3 }
          : { name: one.name, type: "bar", data: points(one), stack: spec.stacked ? "all" : undefined, barMaxWidth: flat ? 14 : 20, barGap: "12%", itemStyle: { color: tint, borderRadius: spec.stacked ? 0 : flat ? [0, 2, 2, 0] : [2, 2, 0, 0] }, label: { show: single, position: flat ? "right" : "top", color: INK, fontSize: SIZE - 1, formatter: (mark) => (mark.value ? String(mark.value) : "") } };
      }),
    });
  }

  function heat(spec, box) {
    const marks = [];
    let top = 1;
    spec.series.forEach((row, y) => row.values.forEach((value, x) => {
      if (value) { top = Math.max(top, value); marks.push({ value: [x, y, value], url: row.urls[x], cursor: row.urls[x] ? "pointer" : "default" }); }
    }));
    const red = spec.series.some((row) => row.tone === "red");
    marks.forEach((mark) => {
      mark.label = { color: mark.value[2] > top * 0.62 ? "#fff" : token("--ink") };
    });
    const rows = spec.series.map((row) => row.name);
    const column = (box.clientWidth - longest(rows) - 16) / spec.categories.length - 5;
    const fits = Math.max(2, Math.floor(column / (SIZE - 1)));
    const wrapped = spec.categories.map((name) => {
      const letters = Array.from(name);
      const half = Math.min(fits, Math.ceil(letters.length / 2));
      return letters.length > fits ? `${letters.slice(0, half).join("")}\n${letters.slice(half, half + fits).join("")}` : name;
    });
    return Object.assign(base(spec), {
      grid: { left: longest(rows), right: 16, top: 10, bottom: wrapped.some((name) => name.includes("\n")) ? 42 : 28 },
      xAxis: axis({ type: "category", data: spec.categories, splitLine: { show: false }, axisLabel: { color: QUIET, fontSize: SIZE - 1, lineHeight: SIZE + 2, interval: 0, formatter: (name, index) => wrapped[index] } }),
      yAxis: axis({ type: "category", data: rows, inverse: true, splitLine: { show: false }, axisLabel: { color: QUIET, fontSize: SIZE - 1, interval: 0, width: longest(rows) - 12, overflow: "truncate" } }),
      visualMap: { show: false, min: 0, max: top, inRange: { color: red ? ["#fdf0ee", "#e58a7f", RED] : ["#eaf1f9", "#8fb6de", "#1d4e89"] } },
      series: [{ type: "heatmap", data: marks, label: { show: true, fontSize: SIZE, formatter: (mark) => String(mark.value[2]) }, itemStyle: { borderColor: "#fff", borderWidth: 3, borderRadius: 4 } }],
    });
  }

  function pie(spec) {
    const one = spec.series[0];
    const data = spec.categories.map((name, index) => ({ name, value: one.values[index], url: one.urls[index], cursor: one.urls[index] ? "pointer" : "default", itemStyle: { color: SHADES[index % SHADES.length] } }));
    return Object.assign(base(spec), {
      series: [{ name: one.name, type: "pie", radius: ["46%", "72%"], data, label: { color: INK, fontSize: SIZE, formatter: "{b} {c}" }, itemStyle: { borderColor: "#fff", borderWidth: 2 } }],
    });
  }

  function draw(box) {
    if (box.dataset.drawn) return;
    box.dataset.drawn = "1";
    const spec = JSON.parse(document.querySelector(box.dataset.source).textContent);
    const option = spec.kind === "heat" ? heat(spec, box) : spec.kind === "pie" ? pie(spec) : cartesian(spec);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(option);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${spec.title}，数据表在图下方`);
    chart.on("click", (mark) => { if (mark.data && mark.data.url) window.location.assign(mark.data.url); });
    if (window.ResizeObserver) new ResizeObserver(() => chart.resize()).observe(box);
    else window.addEventListener("resize", () => chart.resize());
  }

  window.portalCharts = { draw };
})();
