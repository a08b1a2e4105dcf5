#pragma once
// What the view says of single features: a byte each, read by row. In step with explorer/render/feature_style.py.
// Defines: USE_STYLES. Without it no feature of the tile is styled, and nothing is read.
// What a style of the layer says: four bytes, read by the feature's number in the view. In step with
// explorer/render/feature_colours.py. Defines: USE_COLOURS while a layer has a style; USE_SEE_THROUGH where some of it is
// translucent; USE_POINT_SIZES where it says how large points are; USE_POINT_LOOKS where it asks for what single points
// have of their own (explorer/render/point_looks.py).

const uint STYLE_HIDDEN = 1u;
const uint STYLE_SELECTED = 2u;
const uint STYLE_HOVERED = 4u;
const uint STYLE_COLOURED = 8u;  // said by shaders alone: a style has given a photograph its colour

#ifdef USE_STYLES
uniform usamplerBuffer feature_style;
uniform int feature_count;       // 0: this tile has no styled feature

uint style_of(uint feature) {
    if (feature_count == 0 || int(feature) >= feature_count) return 0u;
    return texelFetch(feature_style, int(feature)).r;
}
#endif

uniform int id_base;             // number of the tile's first feature in this view; 0 is nothing

#ifdef USE_COLOURS
uniform usamplerBuffer feature_colours;
uniform int n_coloured;          // numbers from here on are as the data says

const uint COLOUR_GONE = 0u;     // alphas that are signs
const uint COLOUR_AS_IT_IS = 1u;
const uint COLOUR_APART = 2u;    // stands without being a feature (a block of houses, far away): grey

// rgb: square root of the linear colour; a: how opaque it is, or a sign
uvec4 colour_of(uint feature) {
    int number = feature == 0xFFFFFFFFu ? id_base : int(uint(id_base) + 1u + feature);
    return number < n_coloured ? texelFetch(feature_colours, number) : uvec4(255u, 255u, 255u, COLOUR_AS_IT_IS);
}

bool is_coloured(uvec4 said) { return said.a > COLOUR_APART; }

vec3 coloured(vec3 base, uvec4 said, float class_of_vertex) {
    if (said.a == COLOUR_APART && class_of_vertex < 5.5 / 127.0) return vec3(0.42);
    vec3 tint = vec3(said.rgb) / 255.0;
    return is_coloured(said) ? tint * tint * 0.88 : base;  // in full sun, too, light and shade are told apart
}

float opacity_of(uvec4 said) { return is_coloured(said) ? float(said.a) / 255.0 : 1.0; }

#ifdef USE_POINT_LOOKS
uniform usamplerBuffer point_looks;  // two texels a point: as colour_of, then its diameter, px
uniform int n_point_looks;           // 0: these points look as their features do
#endif

uvec4 colour_of_point(uint feature, int point) {
#ifdef USE_POINT_LOOKS
    if (point < n_point_looks) return texelFetch(point_looks, 2 * point);
#endif
    return colour_of(feature);
}

#ifdef USE_POINT_SIZES
uniform usamplerBuffer feature_sizes;

// Diameter that the style says, px; 0: nothing.
float point_px_of(uint feature, int point) {
#ifdef USE_POINT_LOOKS
    if (point < n_point_looks) return float(texelFetch(point_looks, 2 * point + 1).r);
#endif
    int number = feature == 0xFFFFFFFFu ? id_base : int(uint(id_base) + 1u + feature);
    return number < n_coloured ? float(texelFetch(feature_sizes, number).r) : 0.0;
}
#endif
#endif

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);  // all corners of a hidden triangle lie here, outside: nothing is drawn
