#version 330 core
// Crease and boundary lines of a tile's solids, drawn over its own triangles. Same vertices as surface.vert.
#pragma include "lib/frames.glsl"
#pragma include "lib/features.glsl"

in vec4 p3d_Vertex;
in uint feature;

flat out uint style;
out vec3 position_in_local;

void main() {
    position_in_local = (p3d_ModelMatrix * vec4(p3d_Vertex.xyz, 1.0)).xyz;
    style = style_of(feature);
    gl_Position = nearer(clip_from_local(position_in_local), 0.0012);
    if ((style & STYLE_HIDDEN) != 0u) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
