#version 330 core
// Vertices of the interface: pixels from the top left, texture coordinates, sRGB colour with alpha.
in vec4 p3d_Vertex;
in vec2 p3d_MultiTexCoord0;
in vec4 tint;
uniform vec2 display_size;
out vec2 at;
out vec4 colour;

void main() {
    at = p3d_MultiTexCoord0;
    colour = tint;
    gl_Position = vec4(p3d_Vertex.x / display_size.x * 2.0 - 1.0, 1.0 - p3d_Vertex.y / display_size.y * 2.0, 0.5, 1.0);
}
