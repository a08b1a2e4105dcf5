#version 330 core
// Defines: USE_REVERSED_DEPTH, USE_STYLES; USE_INSTANCES for one template in many places.
// What is under one pixel: a feature's number and its distance along the ray.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"
#pragma include "lib/instances.glsl"
in vec4 p3d_Vertex;
in uint feature;
uniform int id_base;             // number of the tile's first feature in this view; 0 is nothing

flat out uint id;
out float distance_m;

void main() {
    find_instance();
    vec3 position_in_local = (p3d_ModelMatrix * vec4(placed(p3d_Vertex.xyz), 1.0)).xyz;
    gl_Position = clip_from_local(position_in_local);
    distance_m = gl_Position.w;
    uint row = feature_here(feature);
    id = row == 0xFFFFFFFFu ? uint(id_base) : uint(id_base) + 1u + row;
#ifdef USE_STYLES
    if ((style_of(row) & STYLE_HIDDEN) != 0u) gl_Position = NOWHERE;
#endif
}
