#version 330 core
// A tile's points: their own colours under the day's light, round, larger when near. Three corners each (dots.glsl).
// Defines: USE_REVERSED_DEPTH, USE_STYLES, USE_SECTION; USE_COLOURS and what follows from it (features.glsl).
#define USE_POINTS 1
#pragma include "lib/frames.glsl"
#pragma include "lib/finish.glsl"
#pragma include "lib/dots.glsl"
#pragma include "lib/section.glsl"

uniform float grey_out;          // 1: the city steps back under an overlay

#ifdef USE_SEE_THROUGH
flat out float opacity;
#endif
flat out vec3 colour;
out vec2 at;

void main() {
    Dot point = find_dot();
    vec3 position = point.position + p3d_ModelMatrix[3].xyz;
    vec3 to_point = position - camera_in_local;
    float distance_m = length(to_point);
    vec3 base = point.tint * point.tint;
#ifdef USE_COLOURS
    uvec4 said = colour_of_point(point.feature, gl_VertexID / 3);
    base = coloured(base, said, 1.0);
#endif
    base = mix(base, vec3(mix(dot(base, vec3(0.3, 0.55, 0.15)), 0.62, 0.5)), grey_out * 0.85);
    vec3 light = sky_light * 0.85 + sun_colour * 0.48;
    vec3 normal = point.normal;
    if (dot(normal, normal) > 0.25)  // half of it by where it faces: from a scan's normals, not a surface's
        light = mix(light, ambient_on(normal) + sun_colour * abs(dot(normal, sun_direction)), 0.6);
    uint style = 0u;
    vec4 where = clip_from_local(position);
    float size = point_size_at(where);
#if defined(USE_COLOURS) && defined(USE_POINT_SIZES)
    float said_px = point_px_of(point.feature, gl_VertexID / 3);
    if (said_px > 0.0) size = said_px * line_px / 2.0;  // a line is 2 px wide, however many of ours that are
#endif
#ifdef USE_STYLES
    style = style_of(point.feature);
    if ((style & (STYLE_SELECTED | STYLE_HOVERED)) != 0u) size += 2.0;
#endif
    at = point.corner;
    where.xy += at * size / viewport_px * where.w;
#ifdef USE_STYLES
    if ((style & STYLE_HIDDEN) != 0u) where = NOWHERE;
#endif
#ifdef USE_COLOURS
    if (said.a == COLOUR_GONE) where = NOWHERE;
#ifdef USE_SEE_THROUGH
    opacity = opacity_of(said);
#endif
#endif
#ifdef USE_SECTION
    if (is_cut_away(section_place_of(position))) where = NOWHERE;  // a dot is there, or it is not
#endif
    colour = finished(base * light, haze(to_point / max(distance_m, 1e-4), distance_m), style);
    gl_Position = where;
}
