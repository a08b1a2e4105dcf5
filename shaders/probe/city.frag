#version 330 core
// How fast covered pixels are.
in vec3 colour;
out vec4 colour_out;
void main() { colour_out = vec4(colour, 1.0); }
