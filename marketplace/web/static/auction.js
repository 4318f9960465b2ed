// Nothing needs this file: without it the page asks again every few seconds. It ticks the clock by the server's instants
// and shows each new public state as it comes; quoting itself stays links and forms.
"use strict";
const root = document.querySelector("[data-auction]");
const facts = root.dataset;
const words = facts.words ? JSON.parse(facts.words) : null;
const LIVE = ["open", "round", "turn", "last"];
const find = (name) => root.querySelector(`[data-${name}]`);
const yuan = find("standings")?.dataset.yuan;
const figure = (value, unit) => unit === "bp"
  ? `${Math.floor(value / 100)}.${String(value % 100).padStart(2, "0")}%`
  : `${(value / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2 })} ${yuan}`;
let ahead = Date.parse(facts.now) - Date.now();
let ends = Date.parse(facts.ends);
let state = null;

function tick() {
  const left = Math.max(0, Math.ceil((ends - Date.now() - ahead) / 1000));
  const clock = find("left");
  if (clock) clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (state && facts.seat) offer(state);
}

function standings(face) {
  const body = find("standings").tBodies[0];
  const rows = new Map([...body.rows].map((row) => [row.dataset.row, row]));
  for (const line of face.standings) {
    const row = rows.get(String(line.seat));
    row.cells[0].textContent = line.place;
    row.cells[2].textContent = figure(line.value, face.unit);
    body.append(row);
  }
}

function stage(face) {
  const { kind, why, round, seat } = face.stage;
  const parts = [words.stage[kind]];
  if (face.rounds > 1) parts.push(words.round.replace("{n}", round).replace("{all}", face.rounds));
  if (kind === "turn") parts.push(words.turn.replace("{n}", seat));
  find("stage").textContent = parts.join(" · ");
  find("why").textContent = words.why[why];
}

// What this page was opened with, or what has been published of the seat since then.
function owned(face) {
  const shown = face.standings.find((line) => line.seat === Number(facts.seat)).value;
  return face.unit === "bp" ? Math.max(Number(facts.own), shown) : Math.min(Number(facts.own), shown);
}

// The same arithmetic as the server's, for the words on the buttons; the server decides.
function rungs(face) {
  const cost = (value) => face.unit === "bp" ? -value : value;
  const edge = cost(face.floor ?? (face.unit === "bp" ? 10000 : 1));
  const own = cost(owned(face));
  const beat = face.form === "countdown" ? Math.min(cost(face.best), own) : own;
  if ((face.floor === null ? beat : own) <= edge) return [];
  return [1, 2, 3, 4].map((n) => Math.abs(Math.max(beat - n * face.step, edge)));
}

function offer(face) {
  const at = Date.now() + ahead;
  const { kind, seat, starts_at } = face.stage ?? {};
  const mine = seat === null || seat === Number(facts.seat);
  const values = rungs(face);
  const ready = LIVE.includes(kind) && mine && at >= Date.parse(starts_at) && at < ends && values.length > 0;
  if (!find("can")) return;
  find("mine").textContent = figure(owned(face), face.unit);
  if (find("sealed")) find("sealed").hidden = Number(find("sealed").dataset.sealed) !== face.stage?.number;
  find("can").hidden = !ready;
  find("wait").hidden = ready;
  const buttons = [...find("can").querySelectorAll("button:has(span)")];
  buttons.forEach((button, n) => {
    const value = values[Math.min(n, values.length - 1)];
    if (value === undefined) return;
    button.value = (value / 100).toFixed(2);
    button.querySelector("span").textContent = figure(value, face.unit);
  });
}

function show(event) {
  const face = JSON.parse(event.data);
  ahead = Date.parse(face.now) - Date.now();
  ends = Date.parse(face.stage ? face.stage.ends_at : face.starts_at);
  if (words && face.status !== facts.status) {
    setTimeout(() => location.reload(), Math.random() * 1500); // a beginning and an end are another page
    facts.status = face.status;
    return;
  }
  if (words && face.stage) {
    standings(face);
    stage(face);
    state = face;
  }
  tick();
}

setInterval(tick, 250);
new EventSource(facts.auction).addEventListener("message", show);
