#version 330 core
// A tile seen from the sun: depth alone, ordinary orthographic depth.
#pragma include "lib/features.glsl"
in vec4 p3d_Vertex;
in uint feature;
uniform mat4 p3d_ModelViewProjectionMatrix;

void main() {
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex.xyz, 1.0);
    if ((style_of(feature) & STYLE_HIDDEN) != 0u) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
