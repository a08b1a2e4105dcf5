#version 330 core
// A tile seen from the sun: depth alone, ordinary orthographic depth.
// Defines: USE_STYLES.
#pragma include "lib/features.glsl"
in vec4 p3d_Vertex;
#ifdef USE_STYLES
in uint feature;
#endif
uniform mat4 p3d_ModelViewProjectionMatrix;

void main() {
    gl_Position = p3d_ModelViewProjectionMatrix * vec4(p3d_Vertex.xyz, 1.0);
#ifdef USE_STYLES
    if ((style_of(feature) & STYLE_HIDDEN) != 0u) gl_Position = NOWHERE;
#endif
}
