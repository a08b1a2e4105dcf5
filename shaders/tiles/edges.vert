#version 330 core
// Crease and boundary lines of a tile's solids, drawn over its own triangles. Same vertices as surface.vert.
// They thin out with distance, so that far roofs do not turn black, and end where their node is switched off.
// Defines: USE_REVERSED_DEPTH, USE_STYLES, USE_SECTION.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/section.glsl"

in vec4 p3d_Vertex;
#if defined(USE_STYLES) || defined(USE_COLOURS)
in uint feature;
#endif
#ifdef USE_SEE_THROUGH
flat out float opacity;
#endif
uniform vec4 edge_colour;        // sRGB, strength up close
uniform vec3 edge_reach;         // distances at which half is left, where the end begins and where it is, metres
uniform float line_width;        // in pixels of the window: wider ones end sooner, or they would blacken what is far

out vec4 colour;
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif

void main() {
    vec3 position = p3d_Vertex.xyz + p3d_ModelMatrix[3].xyz;
    vec3 to_point = position - camera_in_local;
    float distance_m = length(to_point) * line_width;
    float share = distance_m / edge_reach.x;
    float end = clamp((edge_reach.z - distance_m) / (edge_reach.z - edge_reach.y), 0.0, 1.0);
    colour = vec4(edge_colour.rgb, edge_colour.a * end / (1.0 + share * share));
    vec4 where = nearer(clip_from_local(position), 0.0012);
#ifdef USE_STYLES
    uint style = style_of(feature);
    if ((style & STYLE_SELECTED) != 0u) colour = vec4(0.05, 0.35, 0.95, 1.0);
    else if ((style & STYLE_HOVERED) != 0u) colour = vec4(0.15, 0.45, 0.95, 0.8);
    if ((style & STYLE_HIDDEN) != 0u) where = NOWHERE;
#endif
#ifdef USE_COLOURS
    uvec4 said = colour_of(feature);
    if (said.a == COLOUR_GONE) where = NOWHERE;
#ifdef USE_SEE_THROUGH
    opacity = opacity_of(said);
#endif
#endif
    if (colour.a <= 0.0) where = clipped_away(where);  // what is invisible is not rasterised
#ifdef USE_SECTION
    section_place = section_place_of(position);
#endif
    gl_Position = where;
}
