#version 330 core
// Fine dark lines; the colour comes finished from edges.vert.
in vec4 colour;
out vec4 colour_out;
void main() { colour_out = colour; }
