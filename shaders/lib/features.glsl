#pragma once
// What the view says of single features: a byte each, read by row. In step with explorer/render/feature_style.py.
// Defines: USE_STYLES. Without it no feature of the tile is styled, and nothing is read.

const uint STYLE_HIDDEN = 1u;
const uint STYLE_SELECTED = 2u;
const uint STYLE_HOVERED = 4u;

#ifdef USE_STYLES
uniform usamplerBuffer feature_style;
uniform int feature_count;       // 0: this tile has no styled feature

uint style_of(uint feature) {
    if (feature_count == 0 || int(feature) >= feature_count) return 0u;
    return texelFetch(feature_style, int(feature)).r;
}
#endif

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);  // all corners of a hidden triangle lie here, outside: nothing is drawn
