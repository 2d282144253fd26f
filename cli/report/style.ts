/** The style sheet of a report: light and dark, on screens of any width and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2129; --muted: #5b6270; --rule: #dedcd5;
  --accent: #2d5597; --warn: #fdf1d7; --target: #b3261e;
  --positive: #1f5fa8; --negative: #c4402f;
  --s0: #d98e16; --s1: #d2702c; --s2: #c4523f; --s3: #a53a5c;
  --s4: #7f3278; --s5: #5c3a8f; --s6: #3b4aa0; --s7: #1f5fa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1c1f25; --ink: #e7e8ea; --muted: #a3a9b5; --rule: #343840;
    --accent: #8fb8ff; --warn: #3a3016; --target: #ff8a80;
    --positive: #6cb2ff; --negative: #ff7b6b;
    --s0: #ffd27a; --s1: #ffb066; --s2: #ff8c6b; --s3: #f0719a;
    --s4: #cf7fd1; --s5: #a994ee; --s6: #7fabff; --s7: #5cc4ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 0 0 .35rem; }
p { margin: .4rem 0; max-width: 46rem; overflow-wrap: anywhere; }
header p { color: var(--muted); }
.notice { background: var(--warn); border-radius: .5rem; padding: .6rem .9rem; color: var(--ink); }
.note { color: var(--muted); font-size: .85rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; margin: 1rem 0; }
figure {
  margin: 0; min-width: 0; background: var(--card); border: 1px solid var(--rule);
  border-radius: .6rem; padding: 1rem 1.1rem .8rem;
}
.wide { grid-column: 1 / -1; }
.chart { color: var(--ink); }
.chart svg { display: block; max-width: 100%; height: auto; margin: 0 auto; font: 12px system-ui, sans-serif; overflow: visible; }
figure:not(.wide) > .chart svg { width: 100%; }
.chart text { white-space: pre; }
figcaption { color: var(--muted); font-size: .875rem; margin-top: .4rem; overflow-wrap: anywhere; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem .9rem; margin: 0 0 .3rem; padding: 0; font-size: .85rem; }
.legend li::before {
  content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .35em;
  border-radius: 2px; background: var(--swatch); vertical-align: -.05em;
}
.s0 { --swatch: var(--s0); } .s1 { --swatch: var(--s1); } .s2 { --swatch: var(--s2); }
.s3 { --swatch: var(--s3); } .s4 { --swatch: var(--s4); } .s5 { --swatch: var(--s5); }
.s6 { --swatch: var(--s6); } .s7 { --swatch: var(--s7); } .target { --swatch: var(--target); }
.legend .ramp::before {
  width: 7em; background: linear-gradient(to right, var(--negative), transparent, var(--positive));
}
details { margin-top: .5rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.table { overflow: auto; max-height: 24rem; margin-top: .4rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child { text-align: left; font-weight: 500; }
thead th { position: sticky; top: 0; background: var(--card); color: var(--muted); font-weight: 600; vertical-align: bottom; }
thead button { all: unset; font-weight: 600; cursor: pointer; color: var(--accent); }
thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort="ascending"] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
.sortable tbody th { white-space: nowrap; }
a { color: var(--accent); }
main > section > .table { max-height: none; }
main > section > .table thead th { background: var(--paper); }
dl { margin: .6rem 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0 2rem; font-size: .9rem; }
dl > div { display: flex; justify-content: space-between; gap: 1rem; padding: .25rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--muted); }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.tiles { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.4rem 0 0; }
.tiles > div { display: block; background: var(--card); border: 1px solid var(--rule); border-radius: .6rem; padding: .6rem .9rem; }
.tiles dd { text-align: left; font-size: 1.4rem; font-weight: 600; line-height: 1.35; }
.tiles small { display: block; font-size: .8rem; font-weight: 400; color: var(--muted); }
footer { margin-top: 3rem; padding-bottom: 2.5rem; color: var(--muted); font-size: .85rem; }
@media print {
  :root { --paper: #fff; --card: #fff; --rule: #ccc; }
  body { font-size: 10.5pt; }
  header { padding-top: 0; }
  figure, .tiles > div, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  details:not([open]) { display: none; }
}
`;
