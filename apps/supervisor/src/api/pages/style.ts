/** The stylesheet of every page; it stands in the page itself. */
export const STYLE = `
:root { --paper: #fff; --ink: #1c2024; --quiet: #5f6873; --line: #dfe3e8; --code: #f3f5f7; --link: #0b5cad; --read: #1a6b3c; --write: #8a4b08; --risk: #a1262d; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e4e8ec; --quiet: #98a2ad; --line: #2c3238; --code: #1e2328; --link: #7ab8ff; --read: #79c99a; --write: #e3b06a; --risk: #f09398; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 0; }
h2 { margin: 2.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem; margin: 0 0 .4rem; font-size: 1.1rem; }
h3 a { color: inherit; }
p { margin: .5rem 0; max-width: 46rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
code { padding: .1em .3em; border-radius: .25rem; background: var(--code); overflow-wrap: anywhere; }
pre { margin: .8rem 0; padding: .7rem .9rem; border-radius: .4rem; background: var(--code); overflow-x: auto; }
pre code { padding: 0; background: none; overflow-wrap: normal; }
abbr { text-decoration: none; cursor: help; }
dt { font-weight: 600; }
dd { margin: 0 0 .6rem; color: var(--quiet); }
.quiet { color: var(--quiet); }
.role { padding: .05rem .5rem; border: 1px solid; border-radius: 1rem; font: 600 .75rem/1.5 system-ui, sans-serif; white-space: nowrap; }
.viewer, .GET { color: var(--read); }
.operator, .POST, .PUT { color: var(--write); }
.admin, .DELETE { color: var(--risk); }
.operation, section[id^="type-"] { margin: 0 0 2rem; padding-bottom: .5rem; }
:target { outline: 2px solid var(--link); outline-offset: .5rem; border-radius: .2rem; }
.route { font-size: 1.05rem; }
.route b { font: 700 .85rem ui-monospace, monospace; }
table { width: 100%; margin: .8rem 0; border-collapse: collapse; font-size: .93rem; }
th, td { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
thead th { white-space: nowrap; color: var(--quiet); font-weight: 600; font-size: .8rem; }
tbody th { font-weight: 400; white-space: nowrap; }
sup { color: var(--risk); line-height: 0; }
nav ul { margin: 0 0 .5rem; padding: 0; list-style: none; }
nav summary { cursor: pointer; font-weight: 600; }
nav li { padding: .1rem 0; }
nav h2 { margin: .6rem 0 .1rem; padding: 0; border: 0; font-size: 1em; }
@media (min-width: 62rem) {
  body { display: grid; grid-template-columns: 14rem minmax(0, 1fr); column-gap: 2.5rem; }
  body > header { grid-column: 1 / -1; }
  body > main.index { grid-column: 1 / -1; }
  nav { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow-y: auto; font-size: .9rem; }
  nav section ul { padding-left: .9rem; }
  @supports selector(::details-content) {
    nav summary { display: none; }
    nav details::details-content { content-visibility: visible; }
  }
}
@media (max-width: 61.99rem) {
  nav { margin: 1rem 0; padding: .6rem .9rem; border: 1px solid var(--line); border-radius: .4rem; }
  nav li a { display: inline-block; padding: .3rem 0; }
  nav ul { columns: 2; }
}
@media (max-width: 40rem) {
  table, tbody, tr, td, tbody th { display: block; }
  thead { display: none; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  th, td { padding: 0; border: 0; }
  td.place, td.type { display: inline; }
  td.place::after { content: " · "; }
  td:empty { display: none; }
}
`;
