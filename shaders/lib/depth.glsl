#pragma once
// From the depth buffer back to metres. In step with explorer/render/post.py.
// Defines: USE_REVERSED_DEPTH (frames.glsl says how that is stored).

uniform sampler2D depth_map;
uniform vec4 lens;               // tangents of half the field of view (x, y), near and far distance in metres
uniform vec3 camera_up;          // upward parts of the camera's right, up and forward
uniform float above_land;        // of the eye over the land beyond the data, metres; that land writes no depth

const float NOTHING_M = 1e6;     // how far away the sky is

// Of what is at a point of the picture (-1 to 1), along the camera's forward, by the stored depth. [m]
float metres_of(float stored, vec2 at) {
#ifdef USE_REVERSED_DEPTH
    if (stored > 0.0) return lens.z / stored;
#else
    if (stored < 1.0) return lens.z * lens.w / (lens.w - stored * (lens.w - lens.z));
#endif
    // surfaces are pushed away by what their depth changes in a pixel (explorer/render/scene.py): so is the land, or
    // where they go over into each other a line of shade would be seen
    vec2 in_pixel = 2.0 * abs(lens.xy * camera_up.xy) / vec2(textureSize(depth_map, 0));
    float rises = dot(vec3(at * lens.xy, 1.0), camera_up) + max(in_pixel.x, in_pixel.y);
    return rises < -1e-5 && above_land > 0.0 ? min(above_land / -rises, NOTHING_M) : NOTHING_M;
}
