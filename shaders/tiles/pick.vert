#version 330 core
// Defines: USE_REVERSED_DEPTH, USE_STYLES; USE_INSTANCES for one template in many places; USE_POINTS, USE_LINES; USE_SECTION, USE_UNDERGROUND.
// What is under one pixel: a feature's number and its distance along the ray.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/instances.glsl"
#pragma include "lib/dots.glsl"
#pragma include "lib/underground.glsl"
#pragma include "lib/section.glsl"
#ifndef USE_POINTS
in vec4 p3d_Vertex;
in uint feature;
#endif
#if defined(USE_UNDERGROUND) && !defined(USE_POINTS) && !defined(USE_LINES)
in vec4 normal_class;
#endif
#ifdef USE_LINES
in vec3 other;
in vec4 side;
#endif

flat out uint id;
out float distance_m;
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif

void main() {
#ifdef USE_POINTS
    Dot point = find_dot();
    vec3 position = point.position;
    uint row = point.feature;
#else
    find_instance();
    vec3 position = placed(p3d_Vertex.xyz);
    uint row = feature_here(feature);
#endif
    vec3 position_in_local = (p3d_ModelMatrix * vec4(position, 1.0)).xyz;
    gl_Position = clip_from_local(position_in_local);
#ifdef USE_SECTION
    section_place = section_place_of(position_in_local);
#endif
    distance_m = gl_Position.w;
#ifdef USE_POINTS
    // the picture is one pixel: a dot that covers its middle is drawn there, any other is not
    vec2 off = gl_Position.xy / gl_Position.w;
    float reach = max(point_size_at(gl_Position), 4.0);
    if (gl_Position.w > 0.0 && dot(off, off) <= reach * reach) gl_Position.xy = point.corner * 2.0 * gl_Position.w;
    else gl_Position = NOWHERE;
#endif
#ifdef USE_LINES
    vec4 there = clip_from_local((p3d_ModelMatrix * vec4(other, 1.0)).xyz);
    gl_Position = nearer(beside_line(gl_Position, there, side.x, line_px + 4.0, vec2(1.0)), 0.002);
#endif
    id = row == 0xFFFFFFFFu ? uint(id_base) : uint(id_base) + 1u + row;
#if defined(USE_UNDERGROUND) && !defined(USE_POINTS) && !defined(USE_LINES)
    vec3 view = normalize(position_in_local - camera_in_local);
    if (is_from_below(normal_class.w, turned(normal_class.xyz), view)) gl_Position = NOWHERE;
#endif
#ifdef USE_STYLES
    if ((style_of(row) & STYLE_HIDDEN) != 0u) gl_Position = NOWHERE;
#endif
#if defined(USE_COLOURS) && defined(USE_POINTS)
    if (colour_of_point(row, gl_VertexID / 3).a == COLOUR_GONE) gl_Position = NOWHERE;
#elif defined(USE_COLOURS)
    if (colour_of(row).a == COLOUR_GONE) gl_Position = NOWHERE;
#endif
}
