#version 330 core
// How fast a pass over the picture is that looks around each pixel, as ambient occlusion and smoothing do.
in vec2 at;
uniform sampler2D picture;
out vec4 colour_out;

void main() {
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 8; ++i) {
        float angle = float(i) * 2.39996 + at.x;
        sum += texture(picture, at * 0.5 + 0.5 + vec2(cos(angle), sin(angle)) * 0.003 * float(i)).rgb;
    }
    colour_out = vec4(sum / 8.0, 1.0);
}
