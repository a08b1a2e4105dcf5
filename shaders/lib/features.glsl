#pragma once
// What the view says of single features: a byte each, read by row. In step with explorer/render/feature_style.py.

uniform usamplerBuffer feature_style;
uniform int feature_count;       // 0: this tile has no styled feature
const uint STYLE_HIDDEN = 1u;
const uint STYLE_SELECTED = 2u;
const uint STYLE_HOVERED = 4u;

uint style_of(uint feature) {
    if (feature_count == 0 || int(feature) >= feature_count) return 0u;
    return texelFetch(feature_style, int(feature)).r;
}
