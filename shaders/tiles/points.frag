#version 330 core
// A round dot, darker towards its rim: neighbours of one colour stay apart.
flat in vec3 colour;
in vec2 at;
out vec4 colour_out;

void main() {
    float out_by = dot(at, at);
    if (out_by > 1.0) discard;
    colour_out = vec4(colour * (1.0 - 0.18 * out_by), 1.0);
}
