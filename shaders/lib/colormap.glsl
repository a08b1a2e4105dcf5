#pragma once
// A simulation's values draped over the ground, by place in the map. NaN = no answer here.

uniform sampler2D overlay_values;    // one value a cell, row 0 north
uniform sampler2D overlay_colours;   // the legend, 256 x 1, sRGB
uniform vec4 overlay_bounds;         // x0, y0, x1, y1 in local
uniform vec4 overlay_range;          // low, high, opacity, 1 = there is an overlay

bool overlay_at(vec2 position, out vec3 colour) {  // sRGB
    vec2 at = (position - overlay_bounds.xy) / (overlay_bounds.zw - overlay_bounds.xy);
    if (overlay_range.w < 0.5 || any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0)))) return false;
    float value = texture(overlay_values, at).r;
    if (value < -1.0e29) return false;
    float share = clamp((value - overlay_range.x) / max(overlay_range.y - overlay_range.x, 1e-6), 0.0, 1.0);
    colour = texture(overlay_colours, vec2(share * 0.99609375 + 0.001953125, 0.5)).rgb;
    return true;
}
