#version 330 core
// The colour comes finished from sun.vert.
in vec4 colour;
out vec4 colour_out;
void main() { colour_out = colour; }
