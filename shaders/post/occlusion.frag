#version 330 core
// How much of the sky the surroundings leave to each point, from the depth buffer, at half its size.
// The estimator of scalable ambient obscurance (McGuire, Mara and Luebke 2012, eq. 4): samples on a spiral, turned from
// pixel to pixel by a pattern of four by four, which finish.frag averages away without a trace.
// Out: share of the sky that is left; distance along the camera's forward, metres. Defines: USE_REVERSED_DEPTH.
#pragma include "lib/depth.glsl"

in vec2 at;                      // -1 to 1
uniform int n_rays;
out vec4 found;

const float STRENGTH = 1.5;
const float LEAST_PX = 3.0;      // nearer than this neighbours tell nothing

ivec2 size_px;

vec3 seen_at(ivec2 pixel) {      // right, up, forward of the camera, metres
    pixel = clamp(pixel, ivec2(0), size_px - 1);
    vec2 where = (vec2(pixel) + 0.5) / vec2(size_px) * 2.0 - 1.0;
    float away = metres_of(texelFetch(depth_map, pixel, 0).r, where);
    return vec3(where * lens.xy, 1.0) * away;
}

// The nearer in depth of two neighbours lies on the same face.
vec3 along(vec3 here, ivec2 pixel, ivec2 step) {
    vec3 one = seen_at(pixel + step) - here, other = here - seen_at(pixel - step);
    return abs(one.z) < abs(other.z) ? one : other;
}

void main() {
    size_px = textureSize(depth_map, 0);
    ivec2 pixel = ivec2(gl_FragCoord.xy) * 2;
    vec3 here = seen_at(pixel);
    found = vec4(1.0, here.z, 0.0, 1.0);
    if (here.z > 20000.0) return;
    vec3 normal = cross(along(here, pixel, ivec2(1, 0)), along(here, pixel, ivec2(0, 1)));
    normal *= -inversesqrt(max(dot(normal, normal), 1e-20));
    if (dot(normal, here) > 0.0) normal = -normal;

    // courtyards from above, kerbs from near by: what is in reach grows with distance
    float reach = clamp(1.5 + 0.025 * here.z, 1.5, 20.0);
    float reach_px = reach * float(size_px.y) * 0.5 / (lens.y * here.z);
    if (reach_px < LEAST_PX) return;
    reach_px = min(reach_px, float(size_px.y) * 0.25);

    ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
    float turn = (float((cell.x * 4 + cell.y * 7 + (cell.x ^ cell.y) * 5) & 15) + 0.5) / 16.0;
    float shut = 0.0;
    for (int i = 0; i < n_rays; ++i) {
        float share = (float(i) + turn) / float(n_rays);
        float angle = 6.28318531 * (turn + float(i) * 0.61803399);
        float out_px = max(reach_px * share, 1.5);
        vec3 v = (seen_at(pixel + ivec2(out_px * vec2(cos(angle), sin(angle)))) - here) / reach;
        float far = dot(v, v);
        float near_by = max(1.0 - far, 0.0);
        shut += near_by * near_by * max(dot(v, normal) - 0.02 - 0.0008 * here.z / reach, 0.0) / (0.02 + far);
    }
    float left = 1.0 - min(STRENGTH * shut / float(n_rays), 0.85);
    found.x = mix(left, 1.0, smoothstep(LEAST_PX * 3.0, LEAST_PX, reach_px));
}
