#version 330 core
// Colour times texture, straight into an 8-bit window.
in vec2 at;
in vec4 colour;
uniform sampler2D atlas;
out vec4 colour_out;

void main() {
    colour_out = colour * texture(atlas, at);
}
