/// The style sheet of a report: one column on a phone, light, dark and print.
module PatFramework.Experiments.Style

let private marks =
    """
.chart text { fill: var(--ink); font-family: inherit; font-size: 12.5px; }
.chart .title { font-size: 14.5px; font-weight: 600; } .chart .tick, .chart .name { fill: var(--soft); }
.chart .legend { fill: var(--ink); }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.series-0 { stroke: var(--s0); } .line.series-1 { stroke: var(--s1); stroke-dasharray: 7 4; }
.line.series-2 { stroke: var(--s2); stroke-dasharray: 2 4; } .line.series-3 { stroke: var(--s3); stroke-dasharray: 9 3 2 3; }
.marker.series-0 { fill: var(--s0); } .marker.series-1 { fill: var(--s1); }
.marker.series-2 { fill: var(--s2); } .marker.series-3 { fill: var(--s3); }
.line.series-4 { stroke: var(--s4); stroke-dasharray: 1 3; } .line.series-5 { stroke: var(--s5); stroke-dasharray: 12 4; }
.marker.series-4 { fill: var(--s4); } .marker.series-5 { fill: var(--s5); }
"""

/// The rules of a chart that stands alone, in the colours of paper.
let charts =
    """
:root { --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --rule: #d8dee4;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #a06d00; --s5: #56606b; }
"""
    + marks

/// Colours of series are told apart in grey and by the colour-blind too (Okabe and Ito 2008).
let sheet =
    """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --rule: #d8dee4; --band: #f6f8fa;
  --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #a06d00; --s5: #56606b; --good: #1a7f37; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --ink: #e6e9ed; --soft: #9aa4b0; --rule: #343b45; --band: #1c2129;
    --s0: #56b4e9; --s1: #f0934a; --s2: #2fc79d; --s3: #e3a5c7; --s4: #e6b84d; --s5: #a9b4c0; --good: #57c978; --bad: #f28b82; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; line-height: 1.25; margin: 0 0 .4rem; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--rule); }
p { margin: .4rem 0; max-width: 44rem; }
.lead { font-size: 1.05rem; } .soft { color: var(--soft); font-size: .9rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1.2rem; }
.chart { width: 100%; height: auto; display: block; }
"""
    + marks
    + """
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; max-width: 46rem; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
table.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
th { font-weight: 600; vertical-align: bottom; } tbody tr.sum td { background: var(--band); font-weight: 600; }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .5em; border: 1px solid var(--soft); border-radius: 2px; }
.panels { display: grid; grid-template-columns: repeat(4, 1fr); gap: .4rem; margin: 0 0 .9rem; }
.panels figure { margin: 0; } .panels img { width: 100%; height: auto; display: block; border-radius: 3px; image-rendering: pixelated; }
.panels figcaption { font-size: .85rem; color: var(--soft); padding-bottom: .15rem; }
.key { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .88rem; margin: .2rem 0 1rem; padding: 0; list-style: none; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .86rem; }
pre { background: var(--band); padding: .7rem .9rem; overflow-x: auto; border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 40rem) { .wide { display: none; } .panels { grid-template-columns: repeat(2, 1fr); } th, td { padding: .28rem .35rem; } table { font-size: .84rem; } }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --band: #f3f3f3;
    --s0: #0072b2; --s1: #d55e00; --s2: #009e73; --s3: #cc79a7; --s4: #a06d00; --s5: #56606b; --good: #1a7f37; --bad: #b3261e; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } h2 { break-after: avoid; }
  .charts { grid-template-columns: 1fr 1fr; } .panels { grid-template-columns: repeat(4, 1fr); }
  .scroll { overflow: visible; } table { font-size: 8pt; } th, td { padding: .15rem .3rem; }
  .chart, .panels, tr { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
