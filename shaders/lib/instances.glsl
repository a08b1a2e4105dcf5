#pragma once
// One template in many places. In step with explorer/render/instances.py: four texels an instance, three rows of the
// matrix to the tile's offsets, then feature row (-1: the vertices say it, -2: none) and a tint.
// Defines: USE_INSTANCES. Without it a vertex is where it says, and nothing is read.

#ifdef USE_INSTANCES
uniform samplerBuffer instance_table;
uniform int first_instance;      // row of the table that this patch of ground begins with

mat3 instance_axes;   // rows as GLSL's columns: vector * instance_axes turns
vec3 instance_place;
vec4 instance_more;

void find_instance() {
    int at = (first_instance + gl_InstanceID) * 4;
    vec4 x = texelFetch(instance_table, at);
    vec4 y = texelFetch(instance_table, at + 1);
    vec4 z = texelFetch(instance_table, at + 2);
    instance_axes = mat3(x.xyz, y.xyz, z.xyz);
    instance_place = vec3(x.w, y.w, z.w);
    instance_more = texelFetch(instance_table, at + 3);
}

vec3 placed(vec3 position) { return position * instance_axes + instance_place; }

// Normals turn by the cofactors, so that uneven scales keep them upright on their faces.
vec3 turned(vec3 normal) {
    vec3 x = instance_axes[0], y = instance_axes[1], z = instance_axes[2];
    vec3 found = vec3(dot(normal, cross(y, z)), dot(normal, cross(z, x)), dot(normal, cross(x, y)));
    return found * inversesqrt(max(dot(found, found), 1e-24));
}

uint feature_here(uint of_vertex) {
    return instance_more.x >= 0.0 ? uint(instance_more.x + 0.5) : instance_more.x < -1.5 ? 0xFFFFFFFFu : of_vertex;
}
#else
void find_instance() {}
vec3 placed(vec3 position) { return position; }
vec3 turned(vec3 normal) { return normal; }
uint feature_here(uint of_vertex) { return of_vertex; }
#endif
