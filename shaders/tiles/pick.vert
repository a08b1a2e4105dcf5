#version 330 core
// Defines: USE_REVERSED_DEPTH, USE_STYLES.
// What is under one pixel: a feature's number and its distance along the ray.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"
in vec4 p3d_Vertex;
in uint feature;
uniform int id_base;             // number of the tile's first feature in this view; 0 is nothing

flat out uint id;
out float distance_m;

void main() {
    vec3 position_in_local = (p3d_ModelMatrix * vec4(p3d_Vertex.xyz, 1.0)).xyz;
    gl_Position = clip_from_local(position_in_local);
    distance_m = gl_Position.w;
    id = feature == 0xFFFFFFFFu ? uint(id_base) : uint(id_base) + 1u + feature;
#ifdef USE_STYLES
    if ((style_of(feature) & STYLE_HIDDEN) != 0u) gl_Position = NOWHERE;
#endif
}
