#version 330 core
// Plain colours without light, as a section is drawn on paper, hatched with lines of one width on screen. Their distance
// is a power of two in metres, chosen by how large a pixel is on the face: the hatch stays where it is.
uniform float line_px;   // width of lines, px

in vec3 colour;
in vec3 hatch_colour;
in vec2 at;
flat in int tilt;
out vec4 colour_out;

const float APART_PX = 11.0;

float ink_of(float along, float step_m, float width_m) {
    float off = abs(fract(along / step_m + 0.5) - 0.5) * step_m / width_m;
    return 0.7 * clamp(1.1 - off, 0.0, 1.0);
}

void main() {
    vec2 way = tilt == 0 ? vec2(0.7071, -0.7071) : tilt == 1 ? vec2(0.7071, 0.7071) : vec2(0.0, 1.0);
    float along = dot(at, way);
    float pixel = max(length(vec2(dFdx(along), dFdy(along))), 1e-6);
    float scale = line_px * 0.5;  // pictures that are shrunk draw all lines wider
    float level = log2(pixel * APART_PX * scale);
    float step_m = exp2(floor(level));
    // every second line goes before the rest stand too close
    float ink = max(ink_of(along, 2.0 * step_m, pixel * scale),
                    ink_of(along, step_m, pixel * scale) * (1.0 - smoothstep(0.3, 0.7, fract(level))));
    if (tilt == 3) ink = 0.0;
    colour_out = vec4(mix(colour, hatch_colour, ink), 1.0);
}
