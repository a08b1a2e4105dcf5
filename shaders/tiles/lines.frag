#version 330 core
// The colour comes finished from lines.vert.
in vec3 colour;
out vec4 colour_out;
void main() { colour_out = vec4(colour, 1.0); }
