// 3d-tiles-renderer on three.js with the tileset and nothing else. place.mjs calls window.viewer: open, look, settle, pick.
// three draws in float32, so the tileset is moved by -centre; positions are given back in ECEF.
import * as THREE from 'three';
import { TilesRenderer } from '3d-tiles-renderer';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/plugins';

const renderer = new THREE.WebGLRenderer({ antialias: true, logarithmicDepthBuffer: true });
renderer.setPixelRatio(1); renderer.setSize(1280, 720); document.body.appendChild(renderer.domElement);
const scene = new THREE.Scene();
scene.background = new THREE.Color(0.66, 0.78, 0.9);
scene.add(new THREE.HemisphereLight(0xffffff, 0x8a8a80, 1.6));
const camera = new THREE.PerspectiveCamera(60, 1280 / 720, 1, 60000);
const centre = new THREE.Vector3();
let tiles;

function nearestCorner(point) {
  let best = Infinity;
  const at = new THREE.Vector3();
  tiles.group.traverseVisible((mesh) => {
    const positions = mesh.geometry?.attributes.position;
    for (let i = 0; i < (positions?.count || 0); i++) {
      best = Math.min(best, at.fromBufferAttribute(positions, i).applyMatrix4(mesh.matrixWorld).distanceTo(point));
    }
  });
  return best;
}

window.viewer = {
  async open(url, errorPx) {
    tiles = new TilesRenderer(url);
    tiles.errorTarget = errorPx;
    tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true }));
    tiles.setCamera(camera); tiles.setResolution(camera, 1280, 720);
    const sphere = new THREE.Sphere();
    for (tiles.update(); !tiles.getBoundingSphere(sphere); tiles.update()) await new Promise((done) => setTimeout(done, 20));
    centre.copy(sphere.center);
    tiles.group.position.copy(centre).negate(); tiles.group.updateMatrixWorld(true);
    scene.add(tiles.group);
    const up = centre.clone().normalize(), east = new THREE.Vector3(0, 0, 1).cross(up).normalize();
    const sun = new THREE.DirectionalLight(0xffffff, 2); sun.position.copy(up).multiplyScalar(0.8).addScaledVector(east, -0.6); scene.add(sun);
    return { centre: centre.toArray(), radius: sphere.radius, version: `three ${THREE.REVISION}` };
  },
  look({ eye, direction, up }) {
    camera.position.fromArray(eye).sub(centre); camera.up.fromArray(up);
    camera.lookAt(new THREE.Vector3().fromArray(direction).multiplyScalar(100).add(camera.position));
    camera.updateMatrixWorld();
  },
  async settle() {
    for (let quiet = 0, n = 0; quiet < 4 && n < 2000; n++) {
      tiles.update(); renderer.render(scene, camera);
      const { queued, downloading, parsing } = tiles.stats;
      quiet = tiles.root && !tiles.isLoading && queued + downloading + parsing === 0 ? quiet + 1 : 0;
      await new Promise((done) => setTimeout(done, 10));
    }
    return { loaded: !tiles.isLoading, triangles: renderer.info.render.triangles };
  },
  picture() { renderer.render(scene, camera); return renderer.domElement.toDataURL(); },
  async pick(target, corner) {
    const at = new THREE.Vector3().fromArray(target).sub(centre).project(camera);
    at.x = Math.round((at.x + 1) * 640) / 640 - 1; at.y = Math.round((at.y + 1) * 360) / 360 - 1;
    const caster = new THREE.Raycaster(); caster.setFromCamera(at, camera);
    const hit = caster.intersectObject(tiles.group, true)[0];
    const found = { triangle: null, properties: {}, corner_m: nearestCorner(new THREE.Vector3().fromArray(corner).sub(centre)),
      ray: { origin: caster.ray.origin.clone().add(centre).toArray(), direction: caster.ray.direction.toArray() } };
    if (!hit) return found;
    const { meshFeatures, structuralMetadata } = hit.object.userData;
    const { a, b, c } = hit.face, positions = hit.object.geometry.attributes.position, v = (i) => new THREE.Vector3().fromBufferAttribute(positions, i);
    const weights = THREE.Triangle.getBarycoord(hit.object.worldToLocal(hit.point.clone()), v(a), v(b), v(c), new THREE.Vector3());
    const id = (await meshFeatures.getFeaturesAsync(hit.faceIndex, weights))[0];
    found.triangle = hit.point.clone().add(centre).toArray();
    found.properties = structuralMetadata.getPropertyTableData([meshFeatures.getFeatureInfo()[0].propertyTable], [id])[0];
    return found;
  },
};
window.ready = true;
