#pragma once
// Pictures of the ground, draped by place in the map: squares of as many texels each, every one twice as wide as the one
// before it. In step with explorer/render/imagery.py and explorer/imagery/clipmap.py.

const int MOST_SQUARES = 8;
uniform sampler2DArray imagery;               // blue, green, red times alpha, and alpha; row 0 in the north; fine ones first
uniform vec4 imagery_squares[MOST_SQUARES];   // west, north in local, 1 / size, texel
uniform vec4 imagery_fit;                     // number of squares; what is draped (surface.vert)
const float IMAGERY_RIM = 0.06;               // share of a square over which it becomes the next

vec2 imagery_place(vec2 position, int square) {
    vec4 s = imagery_squares[square];
    return (position - s.xy) * vec2(s.z, -s.z);
}

// Colour times alpha, and alpha. Which square: the finest that is there and not finer than a pixel; ground that is seen
// flatly is let be a little finer along the view, since what is right for that is a blur across it.
vec4 imagery_at(vec2 position) {
    vec2 dx = dFdx(position), dy = dFdy(position);
    float major = sqrt(max(dot(dx, dx), dot(dy, dy)));
    float minor = abs(dx.x * dy.y - dx.y * dy.x) / max(major, 1e-6);
    float pixel = max(minor, 0.3 * major);
    int count = int(imagery_fit.x + 0.5), level = count;
    float wanted = clamp(log2(max(pixel, 1e-6) / imagery_squares[0].w), 0.0, float(count) - 1.0);
    float room = 0.0;
    for (int k = MOST_SQUARES - 1; k >= 0; k--) {
        vec2 at = imagery_place(position, k);
        vec2 rim = min(at, 1.0 - at);
        if (k < count && float(k + 1) > wanted && min(rim.x, rim.y) > 0.0) {
            level = k;
            room = min(rim.x, rim.y);
        }
    }
    if (level == count) return vec4(0.0);
    vec4 fine = texture(imagery, vec3(imagery_place(position, level), float(level)));
    float leave = clamp(max(wanted - float(level), 1.0 - room / IMAGERY_RIM), 0.0, 1.0);
    vec2 at = imagery_place(position, min(level + 1, count - 1));
    vec4 coarse = texture(imagery, vec3(at, float(min(level + 1, count - 1))));
    bool is_last = level + 1 == count || any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0)));
    if (is_last) return fine.bgra * clamp(room / IMAGERY_RIM, 0.0, 1.0);
    return mix(fine, coarse, leave).bgra;
}

// A finished colour with the picture over it, in display values: to light each pixel of it anew costs a software
// rasteriser half as much again as the whole city. `light`: how much lighter it is in shade and in sun, and how much of
// the air before it is seen; `tint`: of the sun's light.
vec3 with_imagery(vec3 colour, vec4 picture, vec3 light, vec3 tint, vec3 air, float sunlit, float grey) {
    vec3 lit = picture.rgb * (mix(light.x, light.y, sunlit) * mix(vec3(1.0), tint, 0.5 * sunlit));
    lit = mix(lit, vec3(dot(lit, vec3(0.3, 0.55, 0.15))), grey);
    return colour * (1.0 - picture.a) + mix(lit, air * picture.a, light.z);
}
