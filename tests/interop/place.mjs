// node place.mjs POINTS.json …   Draws a tileset in CesiumJS and in 3d-tiles-renderer and compares what lies under the pixel
// with where the source's roof points are on the globe (points.py). Prints a line a point, writes PNGs and JSON to out/.
// Needs `chromium` on the path or in $CHROMIUM. The browser gets no network but the small server below.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url)), out = path.join(here, 'out');
const LIMIT_M = 0.01, DRAWN_LIMIT_M = 0.15;     // of a pixel's ray on the triangles; of what the depth buffer says of it 35–40 m away
fs.mkdirSync(out, { recursive: true });
await esbuild.build({ entryPoints: [path.join(here, 'pages/three.js')], bundle: true, format: 'esm', outfile: path.join(out, 'three.js'), logLevel: 'error' });

const KINDS = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.css': 'text/css' };
let tilesetFolder = '';
const server = http.createServer((request, answer) => {
  const asked = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  const [root, rest] = asked.startsWith('/tiles-of-city/') ? [tilesetFolder, asked.slice(15)] : [here, asked.slice(1)];
  const file = path.join(root, rest);
  if (!file.startsWith(root) || !fs.existsSync(file) || !fs.statSync(file).isFile()) { answer.writeHead(404).end(); return; }
  answer.writeHead(200, { 'content-type': KINDS[path.extname(file)] || 'application/octet-stream', 'cache-control': 'no-store' });
  fs.createReadStream(file).pipe(answer);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const add = (a, b, s = 1) => a.map((v, i) => v + s * b[i]);
const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const unit = (a) => a.map((v) => v / Math.hypot(...a));
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const round = (v) => (v == null ? null : Math.round(v * 1e4) / 1e4);

function frame(ecef) {
  const up = unit([ecef[0], ecef[1], ecef[2] * 1.00673949674228]), east = unit(cross([0, 0, 1], up));
  return { up, east, north: cross(up, east) };
}

const DOWN = 'down';
function views(point) {            // straight down, and from the side that the roof faces, or another that sees the point
  const { up, north, east } = frame(point.ecef), n = point.normal_ecef;
  const level = add(n, up, -dot(n, up)), faces = Math.hypot(...level) > 0.1 ? [unit(level)] : [];
  const sides = [...faces, add([0, 0, 0], north, -1), east, north, add([0, 0, 0], east, -1)];
  return [[DOWN, [{ eye: add(point.ecef, up, 40), direction: add([0, 0, 0], up, -1), up: north }]],
    ['side', sides.map((out) => { const eye = add(add(point.ecef, out, 20), up, 30); return { eye, direction: unit(add(point.ecef, eye, -1)), up }; })]];
}

function pictures({ centre, radius }) {
  const { up, north, east } = frame(centre);
  const from = (height, back, aside) => { const eye = add(add(add(centre, up, height), north, -back), east, aside); return { eye, direction: unit(add(centre, eye, -1)), up }; };
  return [['bird', from(radius * 0.5, radius * 0.8, 0)], ['close', from(radius * 0.12 + 40, radius * 0.2 + 60, radius * 0.1)], ['far', from(radius * 2, radius * 3, 0)]];
}

// The pixel's ray misses the point by up to half a pixel: so the expected place is where that ray meets the roof's plane.
function expected(point, ray) {
  const along = dot(add(point.ecef, ray.origin, -1), point.normal_ecef) / dot(ray.direction, point.normal_ecef);
  return add(ray.origin, ray.direction, along);
}

const idOf = (name) => name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[0-9])/, '_');
const equal = (a, b) => (typeof a === 'number' ? Math.abs(a - Number(b)) < 1e-6 : String(a) === String(b));
const save = async (page, name) => fs.writeFileSync(path.join(out, `${name}.png`), Buffer.from((await page.evaluate(() => window.viewer.picture())).slice(22), 'base64'));

async function judge(page, point, view) {
  await page.evaluate((v) => window.viewer.look(v), view);
  await page.evaluate(() => window.viewer.settle());
  const found = await page.evaluate(([p, c]) => window.viewer.pick(p, c), [point.ecef, point.corner_ecef]);
  const wanted = expected(point, found.ray), from = (p) => Math.hypot(...add(p, found.ray.origin, -1));
  const off = (p) => (p ? round(Math.hypot(...add(p, wanted, -1))) : null);
  const seen = found.drawn || found.triangle;
  const wrong = Object.entries(point.attributes).filter(([name, value]) => !equal(value, found.properties[idOf(name)])).map(([name, value]) => [name, value, found.properties[idOf(name)] ?? null]);
  return { hidden: seen !== null && from(seen) < from(wanted) - 0.3, triangle_m: off(found.triangle), drawn_m: off(found.drawn), corner_m: round(found.corner_m),
    height_m: found.height === undefined ? undefined : round(found.height - point.lonlath[2]), same_id: found.properties.gml_id === point.gml_id,
    attributes: Object.keys(point.attributes).length, wrong };
}

async function check(page, viewer, name, points, results) {
  for (const [number, point] of points.entries()) {
    for (const [side, places] of views(point)) {
      let found;
      for (const place of places) { found = await judge(page, point, place); if (!found.hidden || side === DOWN) break; }
      const line = { city: name, viewer, point: number, view: side, ...found };
      line.ok = line.same_id && !line.wrong.length && (viewer === 'three' ? line.triangle_m !== null && line.triangle_m < LIMIT_M : line.drawn_m !== null && line.drawn_m < DRAWN_LIMIT_M);
      results.push(line); console.log(JSON.stringify(line));
      if (number < 2) await save(page, `${name}_${viewer}_${side}_${number}`);
    }
  }
}

const executablePath = process.env.CHROMIUM || process.env.PATH.split(':').map((d) => path.join(d, 'chromium')).find((f) => fs.existsSync(f));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist', '--disable-background-networking'] });
const results = [];
for (const file of process.argv.slice(2)) {
  const { tileset, points } = JSON.parse(fs.readFileSync(file)), name = path.basename(file, '.json');
  tilesetFolder = tileset;
  for (const viewer of (process.env.VIEWERS || 'cesium,three').split(',')) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.on('pageerror', (error) => console.error(viewer, String(error)));
    page.on('console', (message) => { if (message.type() === 'error') console.error(viewer, message.text()); });
    await page.goto(`http://127.0.0.1:${server.address().port}/pages/${viewer}.html`);
    await page.waitForFunction(() => window.ready, null, { timeout: 60000 });
    const sphere = await page.evaluate((url) => window.viewer.open(url, 16), '/tiles-of-city/tileset.json');
    fs.writeFileSync(path.join(out, `${name}_views.json`), JSON.stringify(Object.fromEntries(pictures(sphere))));
    for (const [view, pose] of pictures(sphere)) {
      await page.evaluate((v) => window.viewer.look(v), pose);
      const drawn = await page.evaluate(() => window.viewer.settle());
      console.log(JSON.stringify({ city: name, viewer, version: sphere.version, view, ...drawn }));
      await save(page, `${name}_${viewer}_${view}`);
    }
    await check(page, viewer, name, points, results);
    await page.close();
  }
}
await browser.close(); server.close();
fs.writeFileSync(path.join(out, 'place.json'), JSON.stringify(results, null, 1));
const bad = results.filter((line) => !line.ok);
console.log(`${results.length - bad.length} of ${results.length} in the right place and the right feature`);
process.exit(bad.length ? 1 : 0);
