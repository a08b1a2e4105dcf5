// CesiumJS with the tileset and nothing else. place.mjs calls window.viewer: open, look, settle, pick.
const C = window.Cesium;
const vector = ([x, y, z]) => new C.Cartesian3(x, y, z);
const list = (v) => (v ? [v.x, v.y, v.z] : null);
C.Ion.defaultAccessToken = undefined;
const widget = new C.CesiumWidget('view', {
  globe: false, skyBox: false, skyAtmosphere: false, baseLayer: false, scene3DOnly: true, useDefaultRenderLoop: false,
  creditContainer: document.createElement('div'), creditViewport: document.createElement('div'), msaaSamples: 4,
  contextOptions: { webgl: { alpha: false } },
});
const scene = widget.scene;
scene.backgroundColor = new C.Color(0.66, 0.78, 0.9, 1);
for (const light of [scene.sun, scene.moon]) if (light) light.show = false;
let tileset;

window.viewer = {
  async open(url, errorPx) {
    tileset = await C.Cesium3DTileset.fromUrl(url, { maximumScreenSpaceError: errorPx, environmentMapOptions: { enabled: false } });
    scene.primitives.add(tileset);
    const up = C.Cartesian3.normalize(tileset.boundingSphere.center, new C.Cartesian3());
    const east = C.Cartesian3.normalize(C.Cartesian3.cross(C.Cartesian3.UNIT_Z, up, new C.Cartesian3()), new C.Cartesian3());
    const travels = C.Cartesian3.add(C.Cartesian3.multiplyByScalar(up, -0.8, new C.Cartesian3()), C.Cartesian3.multiplyByScalar(east, 0.6, new C.Cartesian3()), new C.Cartesian3());
    scene.light = new C.DirectionalLight({ direction: travels, intensity: 2.5 });
    return { centre: list(tileset.boundingSphere.center), radius: tileset.boundingSphere.radius, version: C.VERSION };
  },
  look({ eye, direction, up }) {
    scene.camera.setView({ destination: vector(eye), orientation: { direction: vector(direction), up: vector(up) } });
  },
  async settle() {
    for (let quiet = 0, n = 0; quiet < 4 && n < 2000; n++) {
      widget.resize(); widget.render();
      quiet = tileset.tilesLoaded ? quiet + 1 : 0;
      await new Promise((done) => setTimeout(done, 10));
    }
    return { loaded: tileset.tilesLoaded, triangles: tileset.statistics?.numberOfTrianglesSelected ?? tileset._statistics.numberOfTrianglesSelected };
  },
  picture() { widget.render(); return widget.canvas.toDataURL(); },
  pick(target) {
    const pixel = C.SceneTransforms.worldToWindowCoordinates(scene, vector(target));
    const at = new C.Cartesian2(Math.round(pixel.x), Math.round(pixel.y));
    const drawn = scene.pickPosition(at);       // what the depth buffer says
    // What the triangles say: of overlapping tiles CesiumJS takes the one whose sphere is nearer, not the nearer hit.
    const triangle = tileset.pick(scene.camera.getPickRay(at), scene.frameState);
    const over = tileset.getHeight(C.Cartographic.fromCartesian(vector(target)), scene);
    const feature = scene.pick(at);
    const properties = {};
    for (const id of feature?.getPropertyIds?.() || []) properties[id] = feature.getProperty(id);
    const p = scene.camera.getPickRay(at);
    return { drawn: list(drawn), triangle: list(triangle), height: over, properties, ray: { origin: list(p.origin), direction: list(p.direction) } };
  },
};
window.ready = true;
