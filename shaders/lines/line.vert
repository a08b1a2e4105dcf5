#version 330 core
// Lines and points of the tools: outlines being drawn, handles, samples on facades.
#pragma include "lib/frames.glsl"
#pragma include "lib/section.glsl"
in vec4 p3d_Vertex;
in vec4 tint;
uniform float point_size;        // px
out vec4 colour;
#ifdef USE_SECTION
out SECTION_PLACE section_place;
#endif

void main() {
    vec3 position_in_local = (p3d_ModelMatrix * vec4(p3d_Vertex.xyz, 1.0)).xyz;
    gl_Position = nearer(clip_from_local(position_in_local), 0.004);
    gl_PointSize = point_size;
    colour = tint;
#ifdef USE_SECTION
    section_place = section_place_of(position_in_local);
#endif
}
