// Other weights, computed anew on every move: scores, intervals, expected ranks, tiers, chances. The same steps as
// scoring/ranks.py (see there for sources), from the numbers that came with the page; the server computes the same
// without a script.

const CELLS = 200;
const SAME = 1e-9;
const NOTHING = 1e-15;  // cells of less weight would change no chance by more than 2e-13
const CERTAIN = 8.5;  // beyond so many standard deviations a chance is 1 to the last digit
const NORMAL_95 = 1.959963984540054;

// ---------------------------------------------------------------- the normal distribution

function horner(coefficients, x) {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i += 1) sum = sum * x + coefficients[i];
  return sum;
}

// W. J. Cody 1969, Rational Chebyshev approximations for the error function: relative error below 1e-15.
const ERF = [
  [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3],
  [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
];
const MIDDLE = [
  [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3],
  [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3],
];
const FAR = [
  [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4],
  [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3],
];
const RATIO = 1 / Math.sqrt(Math.PI);

export function erfc(x) {
  const size = Math.abs(x);
  if (size <= 0.46875) return 1 - (x * horner(ERF[0], x * x)) / horner(ERF[1], x * x);
  const rough = Math.trunc(size * 16) / 16;  // exp(−x²) without losing digits of x²
  const fall = Math.exp(-rough * rough) * Math.exp(-(size - rough) * (size + rough));
  let found;
  if (size <= 4) {
    found = (fall * horner(MIDDLE[0], size)) / horner(MIDDLE[1], size);
  } else {
    const inverse = 1 / (size * size);
    found = (fall / size) * (RATIO - (inverse * horner(FAR[0], inverse)) / horner(FAR[1], inverse));
  }
  return x < 0 ? 2 - found : found;
}

// ---------------------------------------------------------------- eigenvectors of a small symmetric matrix

// Jacobi's rotations, row by row, until nothing is left beside the diagonal. Returns values, and vectors[j] for each.
export function eigen(matrix) {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = a.map((_, i) => Float64Array.from(a, (__, j) => Number(i === j)));
  const whole = a.reduce((sum, row) => sum + row.reduce((all, x) => all + x * x, 0), 0);
  for (let turn = 0; turn < 60; turn += 1) {
    let beside = 0;
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) beside += a[p][q] * a[p][q];
    if (beside <= 1e-32 * whole) break;
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) if (a[p][q] !== 0) rotate(a, vectors, p, q);
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

function rotate(a, vectors, p, q) {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k += 1) {
    const x = a[k][p];
    const y = a[k][q];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  turned(a[p], a[q], c, s);
  turned(vectors[p], vectors[q], c, s);
}

function turned(first, second, c, s) {
  for (let k = 0; k < first.length; k += 1) {
    const x = first[k];
    const y = second[k];
    first[k] = c * x - s * y;
    second[k] = s * x + c * y;
  }
}

// ---------------------------------------------------------------- weights → scores and their covariance

// The share of each part in `top`. Throws where a node has no weight left.
function shares(top, weights) {
  const found = new Map();
  const down = (one, factor) => {
    if (!one.children.length) {
      found.set(one.id, factor);
      return;
    }
    const total = one.children.reduce((sum, child) => sum + weights[child.id], 0);
    if (!(total > 0)) throw new RangeError(one.id);
    for (const child of one.children) down(child, (factor * weights[child.id]) / (one.sums ? 1 : total));
  };
  down(top, 1);
  return found;
}

// The branch with this id, and its own share in the whole tree.
function branch(one, id, weights, factor = 1) {
  if (one.id === id) return { top: one, factor };
  const total = one.sums ? 1 : one.children.reduce((sum, child) => sum + weights[child.id], 0);
  for (const child of one.children) {
    const found = branch(child, id, weights, (factor * weights[child.id]) / total);
    if (found) return found;
  }
  return null;
}

function dot(first, second) {
  let sum = 0;
  for (let i = 0; i < first.length; i += 1) sum += first[i] * second[i];
  return sum;
}

// Everything that these weights (by node) give; as `Tried` and `Order` in Python. Throws RangeError.
export function compute(numbers, weights) {
  const ids = [...numbers.rated, ...numbers.fixed];
  const whole = shares(numbers.tree, weights);
  const { top, factor } = branch(numbers.tree, numbers.part, weights);
  const inside = shares(top, weights);
  const every = ids.map((id) => whole.get(id));
  const part = ids.map((id) => inside.get(id) ?? 0);
  const rated = part.slice(0, numbers.rated.length);
  if (!(rated.reduce((sum, w) => sum + w, 0) > 0)) throw new RangeError(numbers.part);
  const scores = numbers.units.map((unit) => dot(every, unit.values));
  const covariance = covarianceOf(numbers, rated);
  const errors = scores.map((_, u) => Math.abs(factor) * Math.sqrt(Math.max(covariance[u][u], 0)));
  const found = {
    scores,
    errors,
    low: scores.map((score, u) => score - NORMAL_95 * errors[u]),
    high: scores.map((score, u) => score + NORMAL_95 * errors[u]),
    order: null,
  };
  const ranked = numbers.units.map((_, u) => u).filter((u) => numbers.units[u].ranked);
  if (ranked.length < 4) return found;
  const values = ranked.map((u) => dot(part, numbers.units[u].values));
  const add = ranked.map((u, i) => scores[u] - factor * values[i]);
  const chance = beats(values, ranked.map((u) => ranked.map((v) => covariance[u][v])), factor, add);
  found.order = { ranked, ...ordered(chance, ranked.map((u) => numbers.units[u].code), numbers.level) };
  return found;
}

// w′Σw between units, from the products of pairs.
function covarianceOf(numbers, rated) {
  const units = numbers.units.length;
  const pairs = [];
  for (let s = 0; s < rated.length; s += 1) for (let t = s; t < rated.length; t += 1) pairs.push(rated[s] * rated[t]);
  const found = numbers.units.map(() => new Float64Array(units));
  let row = 0;
  for (let u = 0; u < units; u += 1) {
    for (let v = u; v < units; v += 1, row += 1) {
      found[u][v] = dot(pairs, numbers.products[row]);
      found[v][u] = found[u][v];
    }
  }
  return found;
}

// ---------------------------------------------------------------- who is ahead

// The mixture over ω of `ranks.posterior`: p (K); means (K, U); `inner` (K, U) weights of eigenvectors; `rest` (K, U).
function posterior(estimate, covariance) {
  const units = estimate.length;
  const mean = estimate.reduce((sum, x) => sum + x, 0) / units;
  const spread = Math.sqrt(estimate.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (units - 1));
  if (spread < SAME) return null;
  const { values, vectors } = eigen(covariance);
  const lambda = values.map((value) => Math.max(value, 0));
  const ones = vectors.map((vector) => vector.reduce((sum, x) => sum + x, 0));
  const data = vectors.map((vector) => dot(estimate, vector));
  const cells = Array.from({ length: CELLS }, (_, k) => cell(((k + 0.5) / CELLS) * 3 * spread, lambda, vectors, ones, data));
  const most = Math.max(...cells.map((one) => one.logP));
  const p = cells.map((one) => Math.exp(one.logP - most));
  const total = p.reduce((sum, x) => sum + x, 0);
  cells.forEach((one, k) => { one.p = p[k] / total; });
  return { cells: cells.filter((one) => one.p > NOTHING), vectors };
}

function cell(omega, lambda, vectors, ones, data) {
  const omega2 = omega * omega;
  const units = ones.length;
  const precision = lambda.map((value) => 1 / (value + omega2));
  let total = 0;
  let centre = 0;
  for (let j = 0; j < units; j += 1) {
    total += precision[j] * ones[j] * ones[j];
    centre += precision[j] * ones[j] * data[j];
  }
  centre /= total;
  let logP = -Math.log(total);
  const means = new Float64Array(units).fill(centre);
  const rest = new Float64Array(units);
  for (let j = 0; j < units; j += 1) {
    const residual = data[j] - centre * ones[j];
    logP += Math.log(precision[j]) - precision[j] * residual * residual;
    const pull = omega2 * precision[j] * residual;
    const open = (lambda[j] * precision[j] * ones[j]) / Math.sqrt(total);
    for (let u = 0; u < units; u += 1) {
      means[u] += pull * vectors[j][u];
      rest[u] += open * vectors[j][u];
    }
  }
  return { logP: 0.5 * logP, means, rest, inner: Float64Array.from(lambda, (value, j) => omega2 * value * precision[j]) };
}

// P(row is ahead of column) of factor·θ + add, ½ on the diagonal.
function beats(values, covariance, factor, add) {
  const units = values.length;
  const post = posterior(values, covariance);
  const chance = values.map(() => new Float64Array(units).fill(0.5));
  const apart = new Float64Array(units);
  for (let a = 0; a < units; a += 1) {
    for (let b = a + 1; b < units; b += 1) {
      let found = 0;
      if (!post) {
        found = ahead(add[a] - add[b], 0);
      } else {
        for (let j = 0; j < units; j += 1) apart[j] = (post.vectors[j][a] - post.vectors[j][b]) ** 2;
        for (let k = 0; k < post.cells.length; k += 1) {
          const { p, means, rest, inner } = post.cells[k];
          let variance = (rest[a] - rest[b]) ** 2;
          for (let j = 0; j < units; j += 1) variance += inner[j] * apart[j];
          const difference = factor * (means[a] - means[b]) + add[a] - add[b];
          found += p * ahead(difference, Math.abs(factor) * Math.sqrt(variance));
        }
      }
      chance[a][b] = found;
      chance[b][a] = 1 - found;
    }
  }
  return chance;
}

function ahead(difference, deviation) {
  if (deviation > SAME) {
    const z = difference / deviation;
    if (Math.abs(z) > CERTAIN) return Number(z > 0);
    return 0.5 * erfc(-z / Math.SQRT2);
  }
  return Math.abs(difference) < SAME ? 0.5 : Number(difference > 0);
}

// Expected ranks; the order by them, codes settling ties; tiers going down it (`ranks.tiers`).
function ordered(chance, codes, level) {
  const expected = chance.map((_, v) => chance.reduce((sum, row) => sum + row[v], 0) + 0.5);
  const rounded = expected.map((rank) => Number(rank.toFixed(9)));
  const order = codes.map((_, i) => i);
  order.sort((a, b) => rounded[a] - rounded[b] || (codes[a] < codes[b] ? -1 : 1));
  const tier = new Array(codes.length).fill(1);
  let first = order[0];
  let number = 1;
  for (const unit of order.slice(1)) {
    if (chance[first][unit] >= level) {
      first = unit;
      number += 1;
    }
    tier[unit] = number;
  }
  return { chance, expected, order, tier };
}

// ---------------------------------------------------------------- numbers as the page writes them

// Half-even on the decimal that is read, after nine digits: the last bits of the arithmetic decide nothing.
export function rounded(value, decimals) {
  const digits = Math.abs(value).toFixed(9).replace(".", "");
  const cut = digits.length - 9 + decimals;
  let whole = BigInt(digits.slice(0, cut) || "0");
  const rest = digits.slice(cut);
  const half = `5${"0".repeat(rest.length - 1)}`;
  if (rest > half || (rest === half && whole % 2n === 1n)) whole += 1n;
  return value < 0 ? -whole : whole;
}

// A whole number of 10^−decimals, in the language's way.
export function written(units, decimals, language) {
  const text = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  const whole = text.slice(0, text.length - decimals).replace(/\B(?=(\d{3})+$)/g, language === "vi" ? "." : ",");
  const part = decimals ? (language === "vi" ? "," : ".") + text.slice(text.length - decimals) : "";
  return (units < 0n ? "\u2212" : "") + whole + part;
}

function percents(chance, level) {
  if (chance < 0.5) return 100 - percents(1 - chance, level);
  const sure = Number(chance.toFixed(9));
  const whole = Number(rounded(Number((100 * sure).toFixed(7)), 0));
  return sure < level && whole / 100 >= level ? Math.ceil(100 * level) - 1 : whole;
}

function tone(chance, level) {
  if (chance < 0.5) return -tone(1 - chance, level);
  const sure = Number(chance.toFixed(9));
  return sure >= level ? 2 : sure >= 0.8 ? 1 : 0;
}

// ---------------------------------------------------------------- the page

const EDGE = 6;  // as in charts.py

function start(form, page) {
  const { numbers, language, names, short, words } = page;
  const fields = Array.from(form.querySelectorAll('input[type="number"]'));
  const one = (id) => document.getElementById(id);
  const lines = new Map(Array.from(document.querySelectorAll("#lines > tr"), (row) => [row.dataset.unit, row]));
  const table = document.querySelector(".outcome .chances");
  const heads = table ? Array.from(table.tHead.rows[0].cells) : [];
  const grid = table ? Array.from(table.tBodies[0].rows, (row) => Array.from(row.cells)) : [];
  const weights = () => Object.fromEntries(fields.map((field) => [field.name.slice(2), Number(field.value)]));
  const own = Object.fromEntries(fields.map((field) => [field.name.slice(2), Number(field.dataset.plan)]));
  const plan = compute(numbers, own);
  let pause;

  const say = (value, decimals) => written(rounded(value, decimals), decimals, language);
  const within = (value) => Math.min(Math.max(value, numbers.low), numbers.high);
  const tierOf = (found, u) => (found.order && found.order.ranked.includes(u) ? found.order.tier[found.order.ranked.indexOf(u)] : null);

  // Writing what stands there already would have the browser lay the page out anew.
  const write = (place, text) => { if (place && place.textContent !== text) place.textContent = text; };

  function sharesShown() {
    for (const part of form.querySelectorAll('fieldset[data-sums="no"]')) {
      const inside = Array.from(part.querySelectorAll('input[type="number"]'));
      const total = inside.reduce((sum, field) => sum + Number(field.value), 0);
      inside.forEach((field) => {
        const text = total > 0 ? `${say(Number(((100 * Number(field.value)) / total).toFixed(7)), 1)}\u00a0%` : "";
        write(field.parentElement.querySelector("output"), text);
      });
    }
  }

  function strip(row, found, u, text, interval, score) {
    const [width, low, high] = page.axis;
    const place = (value) => EDGE + ((width - 2 * EDGE) * (Math.min(Math.max(value, low), high) - low)) / (high - low);
    const bar = row.querySelector('rect[y="9"]');
    bar.setAttribute("x", place(found.low[u]));
    bar.setAttribute("width", place(found.high[u]) - place(found.low[u]));
    row.querySelector("circle").setAttribute("cx", place(score));
    row.querySelector("title").textContent = `${short[numbers.units[u].code]}: ${text} (${interval})`;
  }

  function line(found, u) {
    const unit = numbers.units[u];
    const row = lines.get(unit.code);
    const put = (name, text) => write(row.querySelector(`[data-cell="${name}"]`), text);
    const score = rounded(found.scores[u], unit.decimals);
    const text = written(score, unit.decimals, language);
    const interval = `${say(within(found.low[u]), unit.decimals)}\u2013${say(within(found.high[u]), unit.decimals)}`;
    const difference = score - rounded(plan.scores[u], unit.decimals);
    put("score", text);
    put("interval", interval);
    put("difference", (difference > 0n ? "+" : "") + written(difference, unit.decimals, language));
    const tier = tierOf(found, u);
    const shift = tier === null ? 0 : Math.sign(tierOf(plan, u) - tier);
    if (tier !== null) {
      put("expected", say(found.order.expected[found.order.ranked.indexOf(u)], 1));
      put("tier", String(tier));
      put("shift", shift > 0 ? words.better : shift < 0 ? words.lower : "");
      row.querySelector('[data-cell="shift"]').className = `shift tone${shift}`;
    }
    strip(row, found, u, text, interval, Number(score) / 10 ** unit.decimals);
    return { u, row, shift, tier, score: Number(score) / 10 ** unit.decimals };
  }

  function sorted(found, drawn) {
    const ranked = found.order ? found.order.order.map((place) => found.order.ranked[place]) : [];
    const rest = drawn.filter((each) => !ranked.includes(each.u));
    const place = (each) => page.alphabetical.indexOf(numbers.units[each.u].code);
    rest.sort((a, b) => b.score - a.score || place(a) - place(b));
    return [...ranked.map((u) => drawn[u]), ...rest];
  }

  function chances(found) {
    const { chance, order, ranked } = found.order;
    order.forEach((a, i) => {
      const name = short[numbers.units[ranked[a]].code];
      write(heads[i + 1], name);
      const cells = grid[i];
      write(cells[0], name);
      order.forEach((b, j) => {
        if (a === b) return;
        const percent = percents(chance[a][b], numbers.level);
        const shade = tone(chance[a][b], numbers.level);
        const text = percent === 0 ? "<\u00a01" : percent === 100 ? ">\u00a099" : String(percent);
        const cell = cells[j + 1];
        const sign = shade === 2 ? " +" : shade === -2 ? " \u2212" : "";
        if (cell.className !== `heat${shade}`) cell.className = `heat${shade}`;
        write(cell.firstElementChild, `${text}\u00a0%${sign}`);
        write(cell.lastElementChild, shade === 2 ? ` ${words.ahead}` : shade === -2 ? ` ${words.behind}` : " ");
      });
    });
  }

  function told(drawn, isOwn) {
    const moved = drawn.filter((each) => each.shift !== 0).length;
    const words_ = isOwn ? words.own : moved === 0 ? words.none : moved === 1 ? words.one : words.many;
    return words_.replace("#", String(moved));
  }

  function draw() {
    sharesShown();
    let found;
    try {
      if (fields.some((field) => !field.checkValidity())) throw new RangeError();
      found = compute(numbers, weights());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      one("summary").textContent = words.no_weight;
      return;
    }
    const drawn = numbers.units.map((_, u) => line(found, u));
    const all = sorted(found, drawn);
    all.forEach((each, i) => each.row.classList.toggle("starts", i > 0 && each.tier !== all[i - 1].tier));
    if (all.some((each, i) => one("lines").rows[i] !== each.row)) one("lines").append(...all.map((each) => each.row));
    if (!found.order) {
      one("summary").textContent = "";
      return;
    }
    chances(found);
    const current = weights();
    one("summary").textContent = told(drawn, fields.every((field) => current[field.name.slice(2)] === own[field.name.slice(2)]));
    one("one-tier").hidden = drawn.some((each) => each.tier !== null && each.tier > 1);
    clearTimeout(pause);
    pause = setTimeout(() => { one("spoken").textContent = one("summary").textContent; }, 800);
  }

  fields.forEach((field) => {
    const slider = one(`s-${field.name.slice(2)}`);
    slider.hidden = false;
    slider.value = field.value;
    slider.addEventListener("input", () => { field.value = slider.value; draw(); });
    field.addEventListener("input", () => { slider.value = field.value; draw(); });
  });
  form.querySelector('button[value="try"]').hidden = true;
  one("own").addEventListener("click", (event) => {
    event.preventDefault();
    fields.forEach((field) => {
      field.value = field.dataset.plan;
      one(`s-${field.name.slice(2)}`).value = field.value;
    });
    draw();
  });
  draw();
}

const form = document.getElementById("weights");
if (form) start(form, JSON.parse(document.getElementById("numbers").textContent));
