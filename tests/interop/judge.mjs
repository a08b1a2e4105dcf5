// node judge.mjs TILESET_FOLDER …   Judges made by others on tilesets that citiverse wrote; one JSON line a folder, exit 1 on errors.
//   gltf    Khronos glTF validator, every .glb; its findings counted by severity and code
//   tables  3d-tiles-tools decodes every value of every property table by its own reading of EXT_structural_metadata
//   tileset the rules of 3D Tiles 1.1 on tileset.json, written here from the specification and nothing of ours: errors shrink
//           downwards, boxes lie in their parents' boxes, content lies in its tile's box, contents are there
//   3d-tiles-validator joins in where it is installed (it is not in every registry, so package.json does not ask for it)
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import validator from 'gltf-validator';

const tools = createRequire(import.meta.url)('3d-tiles-tools');
const TOLERANCE_M = 0.005;

function chunks(glb) {
  const length = glb.readUInt32LE(12);
  return [JSON.parse(glb.toString('utf8', 20, 20 + length)), glb.subarray(20 + length + 8)];
}

async function judgeGltf(glb, name, found) {
  const report = await validator.validateBytes(new Uint8Array(glb), { uri: name, maxIssues: 0 });
  const severities = ['error', 'warning', 'info', 'hint'];
  for (const { severity, code } of report.issues.messages) {
    const key = `${severities[severity]} ${code}`;
    found[key] = (found[key] || 0) + 1;
  }
  return report.issues.numErrors;
}

function judgeTables([gltf, bin], name, say) {
  const metadata = gltf.extensions?.EXT_structural_metadata;
  const views = gltf.bufferViews.map((v) => bin.subarray(v.byteOffset || 0, (v.byteOffset || 0) + v.byteLength));
  let values = 0;
  for (const propertyTable of metadata?.propertyTables || []) {
    const metadataClass = metadata.schema.classes[propertyTable.class];
    const binaryMetadata = {
      metadataClass, binaryEnumInfo: { enumValueTypes: {}, enumValueNameValues: {}, enumValueValueNames: {} },
      binaryBufferStructure: { buffers: gltf.buffers, bufferViews: gltf.bufferViews },
      binaryBufferData: { bufferViewsData: views, buffersData: [bin] },
    };
    try {
      const table = new tools.BinaryPropertyTableModel({ propertyTable, binaryMetadata });
      for (const property of Object.keys(propertyTable.properties)) {
        const column = table.getPropertyModel(property);
        for (let row = 0; row < propertyTable.count; row++, values++) column.getPropertyValue(row);
      }
    } catch (error) { say(`${name}: property table ${propertyTable.name}: ${error.message}`); }
  }
  return values;
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const place = (m, [x, y, z]) => [0, 1, 2].map((i) => m[i] * x + m[4 + i] * y + m[8 + i] * z + m[12 + i]);
const corners = (b) => [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) =>
  [0, 1, 2].map((i) => b[i] + x * b[3 + i] + y * b[6 + i] + z * b[9 + i]))));

function outside(box, point) {      // metres beyond the nearest face of a box with orthogonal axes; 0 inside
  const from = point.map((value, i) => value - box[i]);
  return Math.max(0, ...[3, 6, 9].map((at) => {
    const axis = box.slice(at, at + 3), half = Math.hypot(...axis);
    return Math.abs(axis[0] * from[0] + axis[1] * from[1] + axis[2] * from[2]) / half - half;
  }));
}

function contentCorners(gltf) {     // POSITION bounds by the file's own word, glTF's Y up turned to Z up
  return gltf.meshes.flatMap((mesh) => mesh.primitives).flatMap(({ attributes }) => {
    const { min, max } = gltf.accessors[attributes.POSITION];
    return corners([...min.map((v, i) => (v + max[i]) / 2), (max[0] - min[0]) / 2, 0, 0, 0, (max[1] - min[1]) / 2, 0, 0, 0, (max[2] - min[2]) / 2])
      .map(([x, y, z]) => [x, -z, y]);
  });
}

function judgeTile(tile, parentError, read, say, at = 'root') {
  if (!(tile.geometricError >= 0) || tile.geometricError > parentError) say(`${at}: geometric error ${tile.geometricError} under ${parentError}`);
  const box = tile.boundingVolume.box;
  if (!box || box.length !== 12 || !box.every(Number.isFinite)) { say(`${at}: no box`); return 0; }
  if (tile.content) {
    const gltf = read(tile.content.uri);
    if (!gltf) say(`${at}: ${tile.content.uri} is not there`);
    else if (gltf.nodes.some((n) => n.matrix || n.translation || n.rotation || n.scale)) say(`${at}: a node has a place of its own`);
    else for (const point of contentCorners(gltf)) if (outside(box, point) > TOLERANCE_M) say(`${at}: content ${outside(box, point)} m outside its box`);
  }
  let n = 1;
  (tile.children || []).forEach((child, i) => {
    const own = child.boundingVolume.box;
    const worst = Math.max(...corners(own).map((point) => outside(box, place(child.transform || IDENTITY, point))));
    if (worst > TOLERANCE_M) say(`${at}/${i}: box ${worst} m outside its parent's`);
    n += judgeTile(child, tile.geometricError, read, say, `${at}/${i}`);
  });
  return n;
}

async function otherValidator(file) {
  let other;
  try { other = await import('3d-tiles-validator'); } catch { return null; }
  return JSON.parse((await other.Validators.validateTilesetFile(file)).serialize());
}

let failed = false;
for (const folder of process.argv.slice(2)) {
  const errors = [], found = {}, say = (text) => errors.push(text);
  const files = fs.readdirSync(folder, { recursive: true }).filter((f) => f.endsWith('.glb')).sort();
  const parsed = {};
  let values = 0, gltfErrors = 0;
  for (const name of files) {
    const glb = fs.readFileSync(path.join(folder, name));
    gltfErrors += await judgeGltf(glb, name, found);
    const parts = chunks(glb);
    parsed[name] = parts[0];
    values += judgeTables(parts, name, say);
  }
  const file = path.join(folder, 'tileset.json');
  const tileset = JSON.parse(fs.readFileSync(file));
  const tiles = judgeTile(tileset.root, tileset.geometricError, (uri) => parsed[uri], say);
  const other = await otherValidator(file);
  failed ||= errors.length > 0 || gltfErrors > 0 || (other?.numErrors || 0) > 0;
  console.log(JSON.stringify({ folder, tiles, glbs: files.length, gltf_errors: gltfErrors, gltf: found, values, errors,
    '3d-tiles-validator': other ? { errors: other.numErrors, warnings: other.numWarnings, issues: other.issues } : 'not installed' }));
}
process.exit(failed ? 1 : 0);
