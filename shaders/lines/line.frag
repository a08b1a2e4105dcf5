#version 330 core
// Flat colour.
in vec4 colour;
out vec4 colour_out;
void main() { colour_out = colour; }
