#version 330 core
// The finished city picture into the window, with edges smoothed where luma steps (FXAA's idea, Lottes 2009, console form).
// Defines: USE_SMOOTHING.
in vec2 at;
uniform sampler2D picture;
uniform vec2 pixel;              // 1 / size
out vec4 colour_out;

#ifdef USE_SMOOTHING
float luma(vec3 c) { return dot(c, vec3(0.299, 0.587, 0.114)); }

vec3 smoothed() {
    vec3 m = texture(picture, at).rgb;
    float nw = luma(texture(picture, at + vec2(-0.5, 0.5) * pixel * 2.0).rgb);
    float ne = luma(texture(picture, at + vec2(0.5, 0.5) * pixel * 2.0).rgb);
    float sw = luma(texture(picture, at + vec2(-0.5, -0.5) * pixel * 2.0).rgb);
    float se = luma(texture(picture, at + vec2(0.5, -0.5) * pixel * 2.0).rgb);
    float mid = luma(m);
    float low = min(mid, min(min(nw, ne), min(sw, se)));
    float high = max(mid, max(max(nw, ne), max(sw, se)));
    if (high - low < max(0.05, high * 0.11)) return m;
    vec2 along = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    along /= min(abs(along.x), abs(along.y)) + max((nw + ne + sw + se) * 0.03125, 0.0078125);
    along = clamp(along, vec2(-6.0), vec2(6.0)) * pixel;
    vec3 a = 0.5 * (texture(picture, at + along * (1.0 / 3.0 - 0.5)).rgb + texture(picture, at + along * (2.0 / 3.0 - 0.5)).rgb);
    vec3 b = a * 0.5 + 0.25 * (texture(picture, at - along * 0.5).rgb + texture(picture, at + along * 0.5).rgb);
    float l = luma(b);
    return l < low || l > high ? a : b;
}
#endif

void main() {
#ifdef USE_SMOOTHING
    colour_out = vec4(smoothed(), 1.0);
#else
    colour_out = vec4(texture(picture, at).rgb, 1.0);
#endif
}
