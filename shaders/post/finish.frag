#version 330 core
// The last word on each pixel: ambient occlusion where light comes from all sides, and depth in point clouds.
// The picture's alpha says what a pixel is: below an eighth a point of a cloud, from a quarter up a surface, and above
// that quarter the share of its light that comes from all around (finish.glsl).
// Defines: USE_OCCLUSION, USE_EYE_DOME, USE_REVERSED_DEPTH.
#pragma include "lib/depth.glsl"

in vec2 at;                      // -1 to 1
uniform sampler2D picture;
out vec4 colour_out;

#ifdef USE_OCCLUSION
uniform sampler2D occlusion_map;
const float IN_SUN = 0.3;

// The mean of four by four neighbours on the same surface: exactly one round of the pattern.
float sky_left(ivec2 pixel, float away) {
    ivec2 corner = (pixel >> 1) - 2 + (pixel & 1), last = textureSize(occlusion_map, 0) - 1;
    float sum = 0.0, weights = 1e-4;
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 4; ++x) {
            vec2 one = texelFetch(occlusion_map, clamp(corner + ivec2(x, y), ivec2(0), last), 0).rg;
            float weight = max(1.0 - abs(one.g - away) / (0.03 * away), 0.0);
            sum += one.r * weight;
            weights += weight;
        }
    return (sum + 1e-4) / weights;
}
#endif

#ifdef USE_EYE_DOME
uniform vec2 eye_dome;           // how far the neighbours are, px, and how many

// Eye-dome lighting (Boucheny 2009): darker by how far behind its neighbours a point lies, as a ratio of distances.
float dome_shade(ivec2 pixel, float away) {
    ivec2 last = textureSize(depth_map, 0) - 1;
    int n = int(eye_dome.y);
    float behind = 0.0;
    for (int i = 0; i < n; ++i) {
        float angle = 6.28318531 * (float(i) + 0.5) / float(n);
        ivec2 there = clamp(pixel + ivec2(round(eye_dome.x * 1.42 * vec2(cos(angle), sin(angle)))), ivec2(0), last);
        vec2 where = (vec2(there) + 0.5) / vec2(last + 1) * 2.0 - 1.0;
        behind += clamp(log2(away / metres_of(texelFetch(depth_map, there, 0).r, where)), 0.0, 0.04);
    }
    return exp(-90.0 * behind / float(n));
}
#endif

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 seen = texelFetch(picture, pixel, 0);
    vec3 colour = seen.rgb;
    float away = metres_of(texelFetch(depth_map, pixel, 0).r, at);
#ifdef USE_OCCLUSION
    // a part of it in the sun, too: the sun's own light bounces in corners, and less so in narrow ones
    float from_around = seen.a > 0.26 ? mix(IN_SUN, 1.0, clamp((seen.a - 0.25) / 0.75, 0.0, 1.0)) : 0.0;
    // the square root: the picture is in display values, and light is taken away before
    if (from_around > 0.0) colour *= sqrt(mix(1.0, sky_left(pixel, away), from_around));
#endif
#ifdef USE_EYE_DOME
    if (seen.a < 0.125) colour *= dome_shade(pixel, away);
#endif
    colour_out = vec4(colour, 1.0);
}
