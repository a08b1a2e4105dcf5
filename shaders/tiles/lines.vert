#version 330 core
// A tile's lines as ribbons that face the eye: one width on screen at every distance, on every driver.
// Defines: USE_REVERSED_DEPTH, USE_STYLES, USE_SECTION.
#pragma include "lib/frames.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/dots.glsl"
#pragma include "lib/section.glsl"

in vec4 p3d_Vertex;
in vec3 other;           // the other end of this piece
in vec4 side;            // x: 1 left, -1 right of the way to the other end
in vec4 tint;            // rgb: square root of the linear colour
#if defined(USE_STYLES) || defined(USE_COLOURS)
in uint feature;
#endif
#ifdef USE_SEE_THROUGH
flat out float opacity;
#endif
uniform float grey_out;

out vec3 colour;
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif

void main() {
    vec3 position = p3d_Vertex.xyz + p3d_ModelMatrix[3].xyz;
    vec3 to_point = position - camera_in_local;
    float distance_m = length(to_point);
    vec3 base = tint.rgb * tint.rgb;
#ifdef USE_COLOURS
    uvec4 said = colour_of(feature);
    base = coloured(base, said, 1.0);
#endif
    base = mix(base, vec3(mix(dot(base, vec3(0.3, 0.55, 0.15)), 0.62, 0.5)), grey_out * 0.85);
    uint style = 0u;
    float width = line_px;
    vec4 here = clip_from_local(position), there = clip_from_local(other + p3d_ModelMatrix[3].xyz);
#ifdef USE_STYLES
    style = style_of(feature);
    if ((style & (STYLE_SELECTED | STYLE_HOVERED)) != 0u) width *= 2.0;
#endif
    vec4 where = beside_line(here, there, side.x, width, viewport_px);
#ifdef USE_STYLES
    if ((style & STYLE_HIDDEN) != 0u) where = NOWHERE;
#endif
#ifdef USE_COLOURS
    if (said.a == COLOUR_GONE) where = NOWHERE;
#ifdef USE_SEE_THROUGH
    opacity = opacity_of(said);
#endif
#endif
    vec3 light = sky_light * 0.85 + sun_colour * 0.48;
    colour = finished(base * light, haze(to_point / max(distance_m, 1e-4), distance_m), style);
#ifdef USE_SECTION
    section_place = section_place_of(position);
#endif
    gl_Position = nearer(where, 0.002);
}
